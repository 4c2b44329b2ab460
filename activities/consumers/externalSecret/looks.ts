import { RegistrarError, refused } from '../../../core/base/errors.ts';
import { own } from '../../../core/base/own.ts';
import { targetOf } from '../../../core/kubernetes/consumerSecret.ts';
import { type SecretStore, storeRefusal } from '../../../core/kubernetes/secretStores.ts';
import type { Registration } from '../../../core/registration/registration.ts';
import type { Job } from '../../../core/run/job.ts';
import {
  clusterName,
  clusterOf,
  type ConsumerPlace,
  differences,
  liveSpec,
  placesOf,
  specAt,
} from '../../deploy/consumers/place.ts';
import { assertNamesDeployer } from '../../deploy/consumers/namedDeployer.ts';
import { assertOurs } from '../../deploy/consumers/shared.ts';
import { deployerOf } from '../../deploy/deployerOf.ts';
import type { ExternalSecretState } from '../../../integrations/externalSecrets/externalSecrets.ts';
import type { Deps } from '../../deps.ts';
import { failedSince } from '../../state/externalSecretHealth.ts';
import type { LiveConsumer } from '../liveConsumer.ts';

type Looks = ReturnType<LiveConsumer['looks']>;
type Configured = Pick<Deps, 'installation'>;

/**
 * What files alone tell: the cluster is named, and who deploys the file, and no other registration names the same object. A registrar.yaml without any cluster is
 * that of no worker yet.
 */
export function looksAtFiles(deps: Configured, place: ConsumerPlace, others: readonly Registration[]): Looks {
  const noneYet = Object.keys(deps.installation.clusters).length === 0;
  return [
    ...(noneYet ? [] : [() => assertNamed(deps, place)]),
    () => assertNamesDeployer(deps, place),
    () => checkNotOfOthers(deps, place, others),
  ];
}

/** The cluster is named, answers, and has the namespace; who deploys the file is named. */
export function looksBeforeTurn(deps: Deps, place: ConsumerPlace): Looks {
  return [() => checkNamespace(deps, place), () => assertNamesDeployer(deps, place)];
}

/** The store is there, the file would be deployed, and nobody else has an object of that name. */
export function looksAtPlace(
  deps: Deps,
  job: Job,
  place: ConsumerPlace,
  { others, repair }: Parameters<LiveConsumer['looks']>[1],
): Looks {
  if (!isNamed(deps, place)) return [];
  return [
    () => checkNotOfOthers(deps, place, others),
    () => checkStore(deps, place),
    () => checkObject(deps, job, place, repair),
    () => deployerOf(deps).checkConsumer(deps, job, place),
  ];
}

/** Looks that tell whether a consumer's object is ours and can be taken away. */
export function looksAsFormer(deps: Deps, job: Job, place: ConsumerPlace): Looks {
  return [
    () => checkNotMoved(deps, place, placesOf(deps, job)),
    () => assertOurs(deps, place),
    () => deployerOf(deps).checkConsumer(deps, job, place),
  ];
}

function isNamed(deps: Configured, { consumer }: ConsumerPlace): boolean {
  return own(deps.installation.clusters, clusterName(deps, consumer)) !== undefined;
}

/**
 * No other registration names this object or its Secret. One that was copied does: a run would point the other client's
 * object to our secret, and a deregistration would take it along.
 */
function checkNotOfOthers(deps: Configured, place: ConsumerPlace, others: readonly Registration[]): void {
  const { file, name, namespace, target } = place.consumer;
  for (const other of others) {
    for (const consumer of other.spec.consumers) {
      if (consumer.kind !== 'externalSecret') continue;
      const near =
        clusterName(deps, consumer) === clusterName(deps, place.consumer) && consumer.namespace === namespace;
      const same = consumer.name === name && (near || consumer.file === file);
      const secret = near && targetOf(consumer) === targetOf(place.consumer) && target.creationPolicy !== 'Merge';
      if (!same && !secret) continue;
      throw refused(
        'registration file',
        `${same ? place.label : `Secret ${namespace}/${targetOf(place.consumer)}`} is that of client ${other.metadata.name}, whose registration names it too`,
        `Give spec.consumers.${place.index} another ${same ? 'name and file' : 'target'}, or take it out of the other registration.`,
        'Collision',
      );
    }
  }
}

/** The object of a file that goes is not that of a new file, too: it would be deleted under the service. */
function checkNotMoved(deps: Deps, former: ConsumerPlace, places: readonly ConsumerPlace[]): void {
  const object = ({ consumer, ref }: ConsumerPlace): string =>
    [clusterName(deps, consumer), ref.namespace, ref.name].join('/');
  const moved = places.find((place) => object(place) === object(former));
  if (moved === undefined) return;
  throw refused(
    'registration file',
    `${former.label} is in ${former.consumer.file}, and spec.consumers.${moved.index}.file names ${moved.consumer.file}`,
    'Move the file, with its entry in a kustomization, in the commit that changes the registration; or name the old file again.',
  );
}

function assertNamed(deps: Configured, place: ConsumerPlace): void {
  if (isNamed(deps, place)) return;
  const names = Object.keys(deps.installation.clusters).join(', ');
  const message = `spec.consumers.${place.index}.cluster is "${place.consumer.cluster}", which registrar.yaml does not name (known: ${names})`;
  throw refused('registration file', message, 'Correct it, or add the cluster.', 'BadInput');
}

/** The namespace is the service's own: the job makes none. */
async function checkNamespace(deps: Deps, place: ConsumerPlace): Promise<void> {
  assertNamed(deps, place);
  const { cluster } = await clusterOf(deps, place);
  const { namespace } = place.consumer;
  if ((await cluster.get({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace })) !== undefined)
    return;
  throw refused(
    'Kubernetes',
    `cluster ${cluster.name} has no namespace ${namespace}, for ${place.label}`,
    `Deploy the service first, or correct spec.consumers.${place.index}.namespace.`,
    'NotFound',
  );
}

async function checkStore(deps: Deps, place: ConsumerPlace): Promise<void> {
  const { cluster } = await clusterOf(deps, place);
  const { kind, name } = place.consumer.secretStoreRef;
  const store = await cluster.get({ apiVersion: place.ref.apiVersion, kind, namespace: place.ref.namespace, name });
  const conditions = (store?.['status']?.conditions ?? []) as { type: string; status: string; message?: string }[];
  const ready = conditions.find((condition) => condition.type === 'Ready');
  if (store !== undefined)
    assertReadsVault(deps, place, { kind, name, provider: store['spec']?.provider, where: 'live' });
  if (ready?.status === 'True') return;
  throw refused(
    'External Secrets',
    store === undefined
      ? `cluster ${cluster.name} has no ${kind} ${name}, which ${place.label} shall name`
      : `${kind} ${name} of cluster ${cluster.name} is not Ready: ${ready?.message ?? 'no condition yet'}`,
    `Mend the store, or correct spec.consumers.${place.index}.secretStoreRef.`,
    store === undefined ? 'NotFound' : 'Refused',
  );
}

/** Throws `Refused` where the store reads something else than the vault, which would bring another value or none. */
function assertReadsVault({ installation }: Deps, { index, label, consumer }: ConsumerPlace, store: SecretStore): void {
  const holder = { holder: label, setting: `spec.consumers.${index}` };
  const refusal = storeRefusal(holder, consumer.secretStoreRef, [store], installation);
  if (refusal !== undefined) throw new RegistrarError(refusal);
}

/**
 * An object of that name is ours to make, ours already, or the one of the file that is pointed to our field. A Secret of the
 * target's name that somebody else made would be overwritten.
 */
async function checkObject(deps: Deps, job: Job, place: ConsumerPlace, repair: boolean): Promise<void> {
  const live = await liveSpec(deps, place);
  const before = await specAt(deps, place, job.base);
  if (live === undefined) {
    if (!job.continued) await checkSecret(deps, place);
    return;
  }
  if (differences(place.wanted.spec, live).length === 0) {
    const owner = before !== undefined || job.continued;
    if (!owner) throw taken(place, 'is there, but no file of the repository makes it');
    // An ExternalSecret that waits for the field which the run is about to make cannot be well yet.
    if (!job.before.vaultField) return;
    const { externalSecrets } = await clusterOf(deps, place);
    assertRefreshed(place, await externalSecrets.read(place.ref));
    return;
  }
  if (before === undefined) throw taken(place, 'is there already');
  const { name = place.ref.name } = (live as { target?: { name?: string } }).target ?? {};
  if (name !== targetOf(place.consumer) && !job.continued) await checkSecret(deps, place);
  const paths = differences(before, live);
  if (paths.length === 0 || repair) return;
  throw refused(
    'Kubernetes',
    `${place.label} differs from the target branch at ${paths.join(', ')}`,
    'Deploy or revert what is pending first.',
  );
}

async function checkSecret(deps: Deps, place: ConsumerPlace): Promise<void> {
  const { consumer, ref } = place;
  const { cluster, externalSecrets } = await clusterOf(deps, place);
  const { creationPolicy } = consumer.target;
  const secret = `Secret ${ref.namespace}/${targetOf(consumer)}`;
  if (creationPolicy !== 'Merge') {
    const whole = { apiVersion: 'v1', kind: 'Secret', namespace: ref.namespace, name: targetOf(consumer) };
    if ((await cluster.get(whole)) === undefined) return;
    throw refused(
      'Kubernetes',
      `${secret} is there already, and creationPolicy ${creationPolicy} would write over all of it`,
      `Give spec.consumers.${place.index}.target another name, or creationPolicy: Merge; or delete that Secret if nothing needs it.`,
      'Collision',
    );
  }
  const there = await Promise.all(
    keysWritten(place).map(async (key) => [
      key,
      await externalSecrets.secretValue(ref.namespace, targetOf(consumer), key),
    ]),
  );
  const key = there.find(([, value]) => value !== undefined)?.[0];
  if (key === undefined) return;
  throw refused(
    'Kubernetes',
    `${secret} holds a key ${String(key)} already, which creationPolicy ${creationPolicy} would overwrite`,
    `Give spec.consumers.${place.index}.target another name or key, or delete that Secret if nothing needs it.`,
    'Collision',
  );
}

/** Keys of the Secret that External Secrets would write. */
function keysWritten({ wanted, consumer }: ConsumerPlace): readonly string[] {
  const { template } = wanted.spec['target'] as { template?: { data?: object; mergePolicy?: string } };
  const texts = Object.keys(template?.data ?? {});
  const fetched = template?.data === undefined || template.mergePolicy === 'Merge' ? [consumer.secretKey] : [];
  return [...new Set([...fetched, ...texts])];
}

/** An ExternalSecret that is there is refreshed well: one that is not would deliver nothing. Throws `Refused`. */
export function assertRefreshed({ label }: ConsumerPlace, state: ExternalSecretState | undefined): void {
  if (state === undefined || (state.ready && !failedSince(state))) return;
  throw refused(
    'External Secrets',
    `${label} is not refreshed well: ${state.lastFailure?.message ?? state.readyMessage}`,
    'Mend what it names first.',
  );
}

function taken(place: ConsumerPlace, how: string): RegistrarError {
  return refused(
    'Kubernetes',
    `${place.label} ${how}`,
    `Give spec.consumers.${place.index} another name, or bring that object into ${place.consumer.file}.`,
    'Collision',
  );
}
