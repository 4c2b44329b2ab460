import { ownEntry } from '../../core/kubernetes/externalSecret/ownEntry.ts';
import type { Secret } from '../../core/base/secret.ts';
import { entryOfValue } from '../../core/changes/entry.ts';
import { type Delivered, deliveredOf, secretKeysOf } from '../../core/names/delivered.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import type { ExternalSecretObject } from '../../integrations/externalSecrets/externalSecrets.ts';
import { assertStillLive } from '../deploy/stillLive.ts';
import type { Deps } from '../deps.ts';
import type { UndoRemainder } from '../kit/undoJournal.ts';
import { waitUntil } from '../kit/wait.ts';
import { idValue } from '../state/keptId.ts';
import {
  externalSecretRef,
  glanceAtExternalSecret,
  liveExternalSecret,
  liveExternalSecretSpec,
  missingKey,
} from '../state/ourResources.ts';
import { lingering, remedyOf, waitForSecret } from './secretValue.ts';

/** As a sentence, where the live ExternalSecret does not hold our entry yet. */
export async function missingSecretEntry(deps: Deps, job: Job): Promise<string | undefined> {
  const missing = missingKey(await liveExternalSecretSpec(deps), job);
  return missing === undefined ? undefined : `the live ExternalSecret does not bring ${missing} yet`;
}

/** Waits until the Secret that Authentik's worker reads holds the vault's value under each of the client's keys. */
export async function waitForValue(deps: Deps, job: Job, options?: { readonly forceNow: boolean }): Promise<void> {
  const { externalSecrets } = deps;
  const ref = externalSecretRef(deps);
  const values = deliveredOf(job.names);
  const secret = {
    label: `ExternalSecret ${ref.name}`,
    ref,
    externalSecrets,
    key: secretKeysOf(job.names),
    async read() {
      const state = await glanceAtExternalSecret(deps);
      if (missingKey(state, job) !== undefined) await assertStillLive(deps, job, ['externalSecret']);
      return state;
    },
    async isRight({ targetSecret }: ExternalSecretObject, wanted: Secret) {
      for (const value of values) if (!(await holds(deps, job, { targetSecret, value, wanted }))) return false;
      return true;
    },
  };
  await waitForSecret(deps, job, secret, options);
}

/** Whether a key of the Secret holds what it is to: the vault's secret, or the client id. */
async function holds(
  { externalSecrets, installation }: Pick<Deps, 'externalSecrets' | 'installation'>,
  { names }: Pick<Job, 'names'>,
  {
    targetSecret,
    value,
    wanted,
  }: { readonly targetSecret: string; readonly value: Delivered; readonly wanted: Secret },
): Promise<boolean> {
  const { namespace } = installation.authentik;
  const shown = value.what === 'client id';
  const right = shown ? idValue(names) : wanted;
  return right.equals(await externalSecrets.secretValue(namespace, targetSecret, value.secretKey, { shown }));
}

/** What of the client this change has an entry of the ExternalSecret made or taken out for. */
function changedValues(job: Job): readonly Delivered[] {
  return deliveredOf(job.names).filter((_, i) => changedBy(job, entryOfValue('externalSecret', i)));
}

/** Until External Secrets has seen that our entry is gone. */
export async function waitForRemoval(deps: Deps, job: Job): Promise<void> {
  const remedy = remedyOf(externalSecretRef(deps));
  await waitUntil('External Secrets', remedy, deps.installation.timings.pollMs, async () => {
    const state = await glanceAtExternalSecret(deps);
    const named = changedValues(job).find(({ secretKey }) => ownEntry(state.spec, secretKey) !== undefined);
    if (named !== undefined) return { waiting: `the ExternalSecret still names ${named.secretKey}` };
    if (state.seen) return { done: undefined };
    const { lastFailure: failure } = await liveExternalSecret(deps);
    const why = failure === undefined || state.ready ? 'has not seen it yet' : `could not refresh: ${failure.message}`;
    return { waiting: `the entry is taken out, and External Secrets ${why}` };
  });
}

/** With an empty `spec.data` the controller leaves every key in the Secret. */
export async function withLeftoverKey(deps: Deps, job: Job, undone: UndoRemainder): Promise<UndoRemainder> {
  const values = changedValues(job);
  if (values.length === 0) return undone;
  const { targetSecret: secret } = await glanceAtExternalSecret(deps);
  const { namespace } = deps.installation.authentik;
  const why = 'External Secrets left it there after its entry was removed.';
  const kept = [...undone.kept];
  for (const { secretKey: key, what } of values) {
    const place = { namespace, secret, key, shown: what === 'client id' };
    kept.push(...(await lingering(deps, deps.externalSecrets, place, { why })));
  }
  return { ...undone, kept };
}
