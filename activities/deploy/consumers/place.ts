import { type ConsumerSecret, consumerSecret } from '../../../core/kubernetes/consumerSecret.ts';
import type { Entry } from '../../../core/changes/entry.ts';
import { writtenConsumers } from '../../../core/consumers/consumersOf.ts';
import { fluxPlace, fluxRef } from '../../../core/installation/fluxPlace.ts';
import { readResource } from '../../../core/kubernetes/manifests.ts';
import type { ExternalSecretConsumer } from '../../../core/consumers/externalSecret/schema.ts';
import type { Names } from '../../../core/names/names.ts';
import type { Job } from '../../../core/run/job.ts';
import { externalSecretDrift } from '../../../core/kubernetes/sameExternalSecret.ts';
import type { ObjectRef } from '../../../integrations/kubernetes/cluster.ts';
import type { ConsumerCluster, Deps } from '../../deps.ts';
import type { Target } from '../target.ts';

/** One consumer's ExternalSecret: what it must say, and where. */
export interface ConsumerPlace extends Target {
  readonly index: number;
  readonly consumer: ExternalSecretConsumer;
  readonly entry: Entry;
  readonly wanted: ConsumerSecret;
  readonly ref: ObjectRef;
  /** Kind, name and place, for people. */
  readonly label: string;
}

/** The ExternalSecrets of all consumers that the registration names. */
export function placesOf(
  deps: Deps,
  { registration, names }: Pick<Job, 'registration' | 'names'>,
): readonly ConsumerPlace[] {
  return writtenConsumers(registration).flatMap(({ consumer, written, index, entry }) =>
    consumer.kind === 'externalSecret'
      ? [placeOf(deps, names, consumer, { index, entry: entry(written.readsField) })]
      : [],
  );
}

export function placeOf(
  deps: Pick<Deps, 'installation'>,
  names: Names,
  consumer: ExternalSecretConsumer,
  at: Pick<ConsumerPlace, 'index' | 'entry'>,
): ConsumerPlace {
  const { name, namespace } = consumer;
  const wanted = consumerSecret(consumer, names, deps.installation);
  const ref = { apiVersion: wanted.apiVersion, kind: wanted.kind, namespace, name };
  const label = `ExternalSecret ${namespace}/${name} of cluster ${clusterName(deps, consumer)}`;
  const object = { group: 'external-secrets.io', kind: ref.kind, namespace, name };
  const { application, fluxKustomization } = consumer;
  const kustomization = fluxRef(fluxKustomization, fluxPlace(deps.installation)?.namespace);
  // Without a cluster of its own in registrar.yaml Flux is in every cluster that it deploys to.
  const fluxIn = deps.installation.flux?.cluster === undefined ? clusterName(deps, consumer) : undefined;
  return { ...at, consumer, wanted, ref, label, object, application, kustomization, fluxIn };
}

export function clusterName({ installation }: Pick<Deps, 'installation'>, { cluster }: ExternalSecretConsumer): string {
  return cluster ?? installation.authentik.cluster;
}

export function clusterOf(deps: Deps, { consumer }: ConsumerPlace): Promise<ConsumerCluster> {
  return deps.consumerCluster(clusterName(deps, consumer));
}

/** The spec that is live; undefined where there is no such object. */
export async function liveSpec(deps: Deps, place: ConsumerPlace): Promise<unknown> {
  const { cluster } = await clusterOf(deps, place);
  return (await cluster.get(place.ref))?.['spec'];
}

/** Whether the object is being deleted: it is there until all who hold it by a finalizer have let it go. */
export async function isGoing(deps: Deps, place: ConsumerPlace): Promise<boolean> {
  const { cluster } = await clusterOf(deps, place);
  return (await cluster.get(place.ref))?.metadata.deletionTimestamp !== undefined;
}

/** The spec that Git has at a commit; undefined where the file is not there. */
export async function specAt(deps: Deps, place: ConsumerPlace, commit: string): Promise<unknown> {
  const text = await deps.git.readFile(commit, place.consumer.file);
  return text === undefined ? undefined : readResource(text, place.ref.kind, place.ref.name)?.['spec'];
}

/** JSON pointers at which two specs differ, whichever way round. */
export function differences(one: unknown, other: unknown): readonly string[] {
  return [...new Set([...externalSecretDrift(one, other), ...externalSecretDrift(other, one)])];
}

/** As a sentence, that the live ExternalSecret does not say what the consumer needs; undefined where it does. */
export async function notDelivered(deps: Deps, place: ConsumerPlace): Promise<string | undefined> {
  return otherThan(deps, place, place.wanted.spec);
}

/** As a sentence, that the live spec is not this one. */
export async function otherThan(deps: Deps, place: ConsumerPlace, spec: unknown): Promise<string | undefined> {
  const live = await liveSpec(deps, place);
  if (live === undefined) return `there is no ${place.label}`;
  const paths = differences(spec, live);
  return paths.length === 0 ? undefined : `${place.label} is otherwise at ${paths.join(', ')}`;
}
