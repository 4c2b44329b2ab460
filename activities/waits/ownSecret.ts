import { bringsKey, ownEntry } from '../../core/kubernetes/externalSecret/ownEntry.ts';
import type { Secret } from '../../core/base/secret.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import type { ExternalSecretState } from '../../integrations/externalSecrets/externalSecrets.ts';
import { assertStillLive } from '../deploy/stillLive.ts';
import type { Deps } from '../deps.ts';
import type { UndoRemainder } from '../kit/undoJournal.ts';
import { waitUntil } from '../kit/wait.ts';
import { externalSecretRef, liveExternalSecret } from '../state/ourResources.ts';
import { lingering, remedyOf, waitForSecret } from './secretValue.ts';

/** As a sentence, where the live ExternalSecret does not hold our entry yet. */
export async function missingSecretEntry(deps: Deps, job: Job): Promise<string | undefined> {
  if (bringsKey((await liveExternalSecret(deps)).spec, job.names.secretKey)) return undefined;
  return `the live ExternalSecret does not bring ${job.names.secretKey} yet`;
}

/** Waits until the Secret that Authentik's worker reads holds the vault's value under the client's key. */
export async function waitForValue(deps: Deps, job: Job, options?: { readonly forceNow: boolean }): Promise<void> {
  const { externalSecrets } = deps;
  const ref = externalSecretRef(deps);
  const { secretKey: key } = job.names;
  const secret = {
    label: `ExternalSecret ${ref.name}`,
    ref,
    externalSecrets,
    key,
    async read() {
      const state = await liveExternalSecret(deps);
      if (!bringsKey(state.spec, key)) await assertStillLive(deps, job, ['externalSecret']);
      return state;
    },
    isRight: async (state: ExternalSecretState, wanted: Secret) =>
      wanted.equals(await externalSecrets.secretValue(ref.namespace, state.targetSecret, key)),
  };
  await waitForSecret(deps, job, secret, options);
}

/** Until External Secrets has seen that our entry is gone. */
export async function waitForRemoval(deps: Deps, job: Job): Promise<void> {
  const remedy = remedyOf(externalSecretRef(deps));
  await waitUntil('External Secrets', remedy, deps.installation.timings.pollMs, async () => {
    const state = await liveExternalSecret(deps);
    if (ownEntry(state.spec, job.names.secretKey) !== undefined && changedBy(job, 'externalSecret'))
      return { waiting: `the ExternalSecret still names ${job.names.secretKey}` };
    return state.seen ? { done: undefined } : { waiting: 'External Secrets has not seen the removal yet' };
  });
}

/** With an empty `spec.data` the controller leaves every key in the Secret. */
export async function withLeftoverKey(deps: Deps, job: Job, undone: UndoRemainder): Promise<UndoRemainder> {
  if (!changedBy(job, 'externalSecret')) return undone;
  const { targetSecret: secret } = await liveExternalSecret(deps);
  const { namespace } = deps.installation.authentik;
  const place = { namespace, secret, key: job.names.secretKey };
  const why = 'External Secrets left it there after its entry was removed.';
  return { ...undone, kept: [...undone.kept, ...(await lingering(deps, deps.externalSecrets, place, { why }))] };
}
