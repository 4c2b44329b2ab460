import { keyOfSecret } from '../../../core/consumers/externalSecret/rules.ts';
import { targetOf } from '../../../core/kubernetes/consumerSecret.ts';
import { RegistrarError } from '../../../core/base/errors.ts';
import type { Job } from '../../../core/run/job.ts';
import type { Secret } from '../../../core/base/secret.ts';
import type { ExternalSecretState } from '../../../integrations/externalSecrets/externalSecrets.ts';
import type { Deps } from '../../deps.ts';
import { secretOf } from '../../state/vaultSecret.ts';
import { waitUntil } from '../../kit/wait.ts';
import { clusterOf, type ConsumerPlace } from './place.ts';

/**
 * Waits until the consumer's Secret holds the vault's value. Ready=True may be that of the refresh before, so only the value
 * proves itself; it is compared here and leaves nothing behind. A template may put it inside a longer text.
 */
export async function waitForConsumerValue(
  deps: Deps,
  job: Pick<Job, 'changeId' | 'names'>,
  place: ConsumerPlace,
  { forceNow = false } = {},
): Promise<void> {
  const { timings } = deps.installation;
  const { externalSecrets } = await clusterOf(deps, place);
  const wanted = secretOf(await deps.vault.read(), job.names.vaultField);
  // A new or changed spec refreshes by itself; of a changed value External Secrets knows nothing.
  let forcedAt = forceNow ? 0 : Date.now();
  const before = (await externalSecrets.read(place.ref))?.lastFailure;
  const remedy = `See kubectl -n ${place.ref.namespace} describe externalsecret ${place.ref.name}.`;
  await waitUntil('External Secrets', remedy, timings.pollMs, async () => {
    const state = await externalSecrets.read(place.ref);
    if (state === undefined) throw gone(place);
    if (await holds(deps, job, place, state, wanted)) return { done: undefined };
    if (Date.now() - forcedAt > timings.forceSyncMs) {
      forcedAt = Date.now();
      await externalSecrets.forceSync(place.ref, `${job.changeId}-${forcedAt}`);
    }
    if (!state.store.ready) throw storeBroken(place, state);
    return { waiting: describe(place, state, before) };
  });
}

/** Whether the Secret holds the vault's value now, and id and issuer where they are asked for. */
export async function holdsValue(deps: Deps, job: Pick<Job, 'names'>, place: ConsumerPlace): Promise<boolean> {
  const { externalSecrets } = await clusterOf(deps, place);
  const state = await externalSecrets.read(place.ref);
  if (state === undefined) return false;
  return holds(deps, job, place, state, secretOf(await deps.vault.read(), job.names.vaultField));
}

async function holds(
  deps: Deps,
  { names }: Pick<Job, 'names'>,
  place: ConsumerPlace,
  state: ExternalSecretState,
  wanted: Secret,
): Promise<boolean> {
  if (!state.seen || !state.ready) return false;
  const { consumer, ref } = place;
  const { externalSecrets } = await clusterOf(deps, place);
  const read = (key: string) => externalSecrets.secretValue(ref.namespace, targetOf(consumer), key);
  const found = await read(keyOfSecret(consumer) ?? consumer.secretKey);
  if (found === undefined || !found.reveal().includes(wanted.reveal())) return false;
  for (const field of ['clientId', 'issuer'] as const) {
    const key = consumer.keys[field];
    if (key !== undefined && (await read(key))?.reveal() !== names[field]) return false;
  }
  return true;
}

function describe(
  { label, consumer }: ConsumerPlace,
  state: ExternalSecretState,
  before: ExternalSecretState['lastFailure'],
): string {
  const failure = state.lastFailure;
  const isNew = failure !== undefined && (failure.count !== before?.count || failure.at !== before.at);
  if (isNew) return `External Secrets could not refresh ${label} (try ${failure.count}): ${failure.message}`;
  if (!state.seen) return `External Secrets has not seen ${label}; a vault that hangs blocks it without a word`;
  return `the Secret ${targetOf(consumer)} of ${label} does not hold the vault's value yet`;
}

function storeBroken({ label }: ConsumerPlace, { store }: ExternalSecretState): RegistrarError {
  return new RegistrarError({
    system: 'External Secrets',
    kind: 'Unavailable',
    message: `${store.kind} ${store.name} of ${label} is not Ready: ${store.message}`,
    remedy: 'Mend the store: its server, its token, its vault.',
  });
}

function gone({ label }: ConsumerPlace): RegistrarError {
  return new RegistrarError({
    system: 'External Secrets',
    kind: 'Refused',
    message: `${label} is gone again: somebody deleted it, or synced its Application with prune`,
    remedy: 'Start again when nobody else deploys there; a run takes a few minutes.',
  });
}
