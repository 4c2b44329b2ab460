import { pendingLabel, previousLabel } from '../../core/resolve.ts';
import type { Kept, Undone } from '../../core/run.ts';
import type { RotationJob } from '../../core/rotation.ts';
import type { Secret } from '../../core/secret.ts';
import type { VaultItem } from '../../integrations/onepassword/vault.ts';
import { oneInstance } from '../authentikState.ts';
import type { Deps } from '../deps.ts';
import { liveExternalSecret } from '../live.ts';
import { anyApplyOpen, pollBlueprintStatus } from '../pollBlueprintStatus.ts';
import { askApply } from '../syncBlueprint.ts';
import { noteIds } from '../vaultMark.ts';
import { fieldOf } from '../vaultSecret.ts';
import { beating, note, noted, waitUntil } from '../wait.ts';
import { deliver, restartToken } from './setSecret.ts';
import { notAccepted, whatIsWrong } from './testSecret.ts';

const NOTHING: Undone = { undone: [], kept: [], blocks: false };

/**
 * Puts the previous value back into service and proves it: vault, Secret, workers, Authentik. It begins only once the
 * previous value has been read in the vault; where there is none, nothing was set, or an earlier attempt has it back already.
 */
export async function restoreSecret(deps: Deps, job: RotationJob): Promise<Undone> {
  return beating(async () => {
    const { vaultField } = job.names;
    if ((await swapBack(deps, job)) === 'neverSet') return NOTHING;
    await deliver(deps, job, 'restore');
    const item = await deps.vault.read();
    const values = valuesOf(deps, item, job);
    const kept = await applied(deps, job, values);
    return {
      undone: [`the previous secret ${vaultField} is in service again, tested at Authentik`],
      kept,
      blocks: false,
    };
  });
}

interface Values {
  readonly inService: Secret;
  readonly taken: Secret;
}

/** In service and taken out of it, after the labels are back. */
function valuesOf(deps: Deps, item: VaultItem, job: RotationJob): Values {
  const inService = fieldOf(item, job.names.vaultField)?.value;
  const taken = fieldOf(item, pendingLabel(job.names.vaultField, job.changeId))?.value;
  if (inService === undefined) throw notAccepted(job, 'the vault has no value in service');
  // Somebody removed the new value: any other serves as the negative control.
  return { inService, taken: taken ?? deps.generateSecret() };
}

async function swapBack(deps: Deps, job: RotationJob): Promise<'restored' | 'neverSet'> {
  const { vaultField } = job.names;
  const pendingName = pendingLabel(vaultField, job.changeId);
  const item = await deps.vault.read();
  const previous = fieldOf(item, previousLabel(vaultField));
  if (previous === undefined) return (await mayBeInUse(deps, job, item)) ? 'restored' : 'neverSet';
  note({ restoring: true });
  const inService = fieldOf(item, vaultField);
  await deps.vault.change({
    relabel: [
      ...(inService === undefined ? [] : [{ fieldId: inService.id, to: pendingName }]),
      { fieldId: previous.id, to: vaultField },
    ],
    remove: inService === undefined ? [] : noteIds(item, inService.id),
  });
  return 'restored';
}

/**
 * The labels are as before: they were never swapped, or an earlier attempt, or a run that died, has swapped them back and not
 * come to the rest. What holds the value tells the two apart.
 */
async function mayBeInUse(deps: Deps, job: RotationJob, item: VaultItem): Promise<boolean> {
  const { vaultField, secretKey } = job.names;
  const inService = fieldOf(item, vaultField)?.value;
  const pending = fieldOf(item, pendingLabel(vaultField, job.changeId))?.value;
  if (inService === undefined || pending === undefined) return false;
  if (noted()['restoring'] === true) return true;
  const { namespace, deployment } = deps.installation.authentik;
  const live = await deps.cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: deployment.name });
  const annotations = live?.['spec']?.template?.metadata?.annotations as Record<string, string> | undefined;
  if (annotations?.['oidc-registrar/restarted']?.startsWith(restartToken(job, 'set')) === true) return true;
  const { targetSecret } = await liveExternalSecret(deps);
  if (!inService.equals(await deps.externalSecrets.secretValue(namespace, targetSecret, secretKey))) return true;
  return (await whatIsWrong(deps, job, inService, pending)) !== undefined;
}

/**
 * Has Authentik take the value up. Where it holds it already, and only the status tells of an apply that failed, another apply
 * tidies that up; it may fail, and then the status is listed.
 */
async function applied(deps: Deps, job: RotationJob, { inService, taken }: Values): Promise<readonly Kept[]> {
  await lastApplyEnded(deps, job);
  const right = (await whatIsWrong(deps, job, inService, taken)) === undefined;
  const instance = await oneInstance(deps, job.names.blueprintPath);
  if (right && instance?.status === 'successful' && instance.lastAppliedHash === job.blueprint.hash) return [];
  try {
    await pollBlueprintStatus(deps, job, await askApply(deps, job));
  } catch (error) {
    if (!right) throw error;
    return [staleStatus(job)];
  }
  const wrong = await whatIsWrong(deps, job, inService, taken);
  if (wrong !== undefined) throw notAccepted(job, wrong);
  return [];
}

/** Secrets by files: an apply that is still to run may find the file from before, and put the new value to use after all. */
async function lastApplyEnded(deps: Deps, job: RotationJob): Promise<void> {
  const instance = job.names.secretFile === undefined ? undefined : await oneInstance(deps, job.names.blueprintPath);
  if (instance === undefined) return;
  await waitUntil('Authentik', "See that Authentik's worker runs.", deps.installation.timings.pollMs, async () =>
    (await anyApplyOpen(deps, instance.pk))
      ? { waiting: 'an apply of the blueprint has not ended' }
      : { done: undefined },
  );
}

function staleStatus({ names }: RotationJob): Kept {
  return {
    what: `the status of blueprint ${names.blueprintPath}`,
    why: 'Authentik holds the previous secret, but an apply of the same text fails.',
    remedy: "Look at the blueprint in Authentik's admin interface and apply it there once its cause is mended.",
  };
}
