import { Context } from '@temporalio/activity';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Secret } from '../../core/base/secret.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import type { ExternalSecretState } from '../../integrations/externalSecrets/externalSecrets.ts';
import { assertStillLive } from '../deploy/stillLive.ts';
import type { Deps } from '../deps.ts';
import type { UndoRemainder } from '../kit/undoJournal.ts';
import { waitUntil } from '../kit/wait.ts';
import { externalSecretRef, liveExternalSecret } from '../state/ourResources.ts';
import { secretOf } from '../state/vaultSecret.ts';

/** As a sentence, where the live ExternalSecret does not hold our entry yet. */
export async function missingSecretEntry(deps: Deps, job: Job): Promise<string | undefined> {
  if (hasEntry(await liveExternalSecret(deps), job)) return undefined;
  return `the live ExternalSecret does not name ${job.names.secretKey} yet`;
}

function hasEntry(state: ExternalSecretState, job: Job): boolean {
  return state.data.some((entry) => entry.secretKey === job.names.secretKey);
}

/**
 * Ready=True may be that of the refresh before, and several servers of a vault lag apart: only the value proves itself. The
 * comparison stays in memory. A forced sync costs the vault 8 requests an entry, so it is spaced.
 */
export async function waitForValue(deps: Deps, job: Job, { forceNow = false } = {}): Promise<void> {
  const { timings, authentik } = deps.installation;
  const wanted = secretOf(await deps.vault.read(), job.names.vaultField);
  // A changed spec refreshes by itself; of a changed value External Secrets knows nothing.
  let forcedAt = forceNow ? 0 : Date.now();
  const failuresBefore = (await liveExternalSecret(deps)).lastFailure;
  await waitUntil('External Secrets', remedyOf(deps), timings.pollMs, async () => {
    const state = await liveExternalSecret(deps);
    if (!hasEntry(state, job)) await assertStillLive(deps, job, ['externalSecret']);
    if (await equals(deps, state, job, wanted)) return { done: undefined };
    if (Date.now() - forcedAt > timings.forceSyncMs) {
      forcedAt = Date.now();
      await deps.externalSecrets.forceSync(externalSecretRef(deps), `${job.changeId}-${forcedAt}`);
    }
    failIfStoreBroken(state, authentik.externalSecret.name);
    return { waiting: describe(state, job, failuresBefore) };
  });
}

async function equals(deps: Deps, state: ExternalSecretState, job: Job, wanted: Secret): Promise<boolean> {
  if (!state.seen || !state.ready) return false;
  const { namespace } = deps.installation.authentik;
  const found = await deps.externalSecrets.secretValue(namespace, state.targetSecret, job.names.secretKey);
  return wanted.equals(found);
}

function describe(state: ExternalSecretState, job: Job, before: ExternalSecretState['lastFailure']): string {
  const failure = state.lastFailure;
  const isNew = failure !== undefined && (failure.count !== before?.count || failure.at !== before.at);
  if (isNew) return `External Secrets could not refresh (try ${failure.count}): ${failure.message}`;
  if (!state.seen) return 'External Secrets has not seen the change; a vault that hangs blocks it without a word';
  return `the Secret ${state.targetSecret} does not hold the vault's value under ${job.names.secretKey} yet`;
}

function failIfStoreBroken(state: ExternalSecretState, name: string): void {
  if (state.store.ready) return;
  throw new RegistrarError({
    system: 'External Secrets',
    kind: 'Unavailable',
    message: `${state.store.kind} ${state.store.name} of ExternalSecret ${name} is not Ready: ${state.store.message}`,
    remedy: 'Mend the store: its server, its token, its vault.',
  });
}

function remedyOf(deps: Deps): string {
  const { namespace, externalSecret } = deps.installation.authentik;
  return `See kubectl -n ${namespace} describe externalsecret ${externalSecret.name}.`;
}

/** Until External Secrets has seen that our entry is gone. */
export async function waitForRemoval(deps: Deps, job: Job): Promise<void> {
  await waitUntil('External Secrets', remedyOf(deps), deps.installation.timings.pollMs, async () => {
    const state = await liveExternalSecret(deps);
    if (hasEntry(state, job) && changedBy(job, 'externalSecret'))
      return { waiting: `the ExternalSecret still names ${job.names.secretKey}` };
    return state.seen ? { done: undefined } : { waiting: 'External Secrets has not seen the removal yet' };
  });
}

/** With an empty `spec.data` the controller leaves every key in the Secret: listed, for it holds a value. */
export async function withLeftoverKey(deps: Deps, job: Job, undone: UndoRemainder): Promise<UndoRemainder> {
  if (!changedBy(job, 'externalSecret')) return undone;
  const state = await liveExternalSecret(deps);
  const { namespace } = deps.installation.authentik;
  let left = true;
  for (let look = 0; look < 5 && left; look += 1) {
    left = (await deps.externalSecrets.secretValue(namespace, state.targetSecret, job.names.secretKey)) !== undefined;
    if (left) await Context.current().sleep(deps.installation.timings.pollMs);
  }
  if (!left) return undone;
  const kept = {
    what: `key ${job.names.secretKey} of Secret ${namespace}/${state.targetSecret}`,
    why: 'External Secrets left it there after its entry was removed.',
    remedy: `kubectl -n ${namespace} patch secret ${state.targetSecret} --type=json -p '[{"op":"remove","path":"/data/${job.names.secretKey}"}]'`,
  };
  return { ...undone, kept: [...undone.kept, kept] };
}
