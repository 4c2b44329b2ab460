import { RegistrarError } from '../../core/base/errors.ts';
import type { Secret } from '../../core/base/secret.ts';
import { targetOf } from '../../core/kubernetes/consumerSecret.ts';
import { keyOfSecret } from '../../core/consumers/externalSecret/rules.ts';
import type { Job } from '../../core/run/job.ts';
import type { ExternalSecrets } from '../../integrations/externalSecrets/externalSecrets.ts';
import { clusterName, clusterOf, type ConsumerPlace } from '../deploy/consumers/place.ts';
import type { Deps } from '../deps.ts';
import { vaultFor } from '../state/clientVault.ts';
import type { UndoRemainder } from '../kit/undoJournal.ts';
import { secretOf } from '../state/vaultSecret.ts';
import { lingering, waitForSecret } from './secretValue.ts';

type Asked = Pick<Job, 'changeId' | 'names'>;

/** Waits until the consumer's Secret holds the vault's value. */
export async function waitForConsumerValue(
  deps: Deps,
  job: Asked,
  place: ConsumerPlace,
  options?: { readonly forceNow: boolean },
): Promise<void> {
  const { externalSecrets } = await clusterOf(deps, place);
  const { label, ref } = place;
  const secret = {
    label,
    ref,
    externalSecrets,
    key: keyOf(place),
    async read() {
      const state = await externalSecrets.glance(ref);
      if (state === undefined) throw gone(place);
      return state;
    },
    isRight: (_state: unknown, wanted: Secret) => holds(externalSecrets, job, place, wanted),
  };
  await waitForSecret(deps, job, secret, options);
}

/** Whether the Secret holds the vault's value now, and id and issuer where they are asked for. */
export async function holdsValue(deps: Deps, job: Pick<Job, 'names'>, place: ConsumerPlace): Promise<boolean> {
  const { externalSecrets } = await clusterOf(deps, place);
  const state = await externalSecrets.glance(place.ref);
  if (state === undefined || !state.seen || !state.ready) return false;
  return holds(externalSecrets, job, place, secretOf(await vaultFor(deps, job.names).read(), job.names.vaultField));
}

/** A template may put the value inside a longer text. */
async function holds(
  externalSecrets: ExternalSecrets,
  { names }: Pick<Job, 'names'>,
  place: ConsumerPlace,
  wanted: Secret,
): Promise<boolean> {
  const { consumer, ref } = place;
  const read = (key: string) => externalSecrets.secretValue(ref.namespace, targetOf(consumer), key);
  const found = await read(keyOf(place));
  if (found === undefined || !found.reveal().includes(wanted.reveal())) return false;
  for (const field of ['clientId', 'issuer'] as const) {
    const key = consumer.keys[field];
    if (key !== undefined && (await read(key))?.reveal() !== names[field]) return false;
  }
  return true;
}

/** Cluster, Secret and key that hold the value. */
export function keyInSecret(deps: Pick<Deps, 'installation'>, place: ConsumerPlace): string {
  const { consumer, ref } = place;
  return [clusterName(deps, consumer), ref.namespace, targetOf(consumer), keyOf(place)].join('/');
}

function keyOf({ consumer }: ConsumerPlace): string {
  return keyOfSecret(consumer) ?? consumer.secretKey;
}

function gone({ label }: ConsumerPlace): RegistrarError {
  return new RegistrarError({
    system: 'External Secrets',
    kind: 'Refused',
    message: `${label} is gone again: somebody deleted it, or synced its Application with prune`,
    remedy: 'Start again when nobody else deploys there; a run takes a few minutes.',
  });
}

/** Kubernetes deletes a Secret that the ExternalSecret owned; one that is orphaned or merged into keeps the value. */
export async function withLeftoverSecret(deps: Deps, place: ConsumerPlace): Promise<UndoRemainder> {
  const { consumer, ref } = place;
  const { externalSecrets } = await clusterOf(deps, place);
  const { creationPolicy } = consumer.target;
  const secret = targetOf(consumer);
  const kept = await lingering(
    deps,
    externalSecrets,
    { namespace: ref.namespace, secret, key: keyOf(place) },
    {
      why:
        creationPolicy === 'Owner'
          ? 'Kubernetes deletes it once its ExternalSecret is gone (creationPolicy Owner), and has not done so yet.'
          : `External Secrets leaves it there (creationPolicy ${creationPolicy}).`,
      ...(creationPolicy === 'Merge' ? {} : { remedy: `kubectl -n ${ref.namespace} delete secret ${secret}` }),
    },
  );
  return { kept, blocks: false };
}
