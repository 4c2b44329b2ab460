import { pendingLabel } from '../../core/names/labels.ts';
import type { StepReport, Undone } from '../../core/run/reports.ts';
import type { RotationJob } from '../../core/run/rotation.ts';
import type { Deps } from '../deps.ts';
import { vaultFor } from '../state/clientVault.ts';
import { pendingFields } from '../state/pendingFields.ts';
import { throwIfCancelled } from '../kit/wait.ts';

/** Makes the new value as a pending field, which no ExternalSecret names. A retry finds its own by the change id. */
export async function createSecret(deps: Deps, job: RotationJob): Promise<StepReport> {
  throwIfCancelled();
  const label = pendingLabel(job.names.vaultField, job.changeId);
  const { added } = await vaultFor(deps, job.names).addField(label, deps.generateSecret());
  return { note: added ? 'made, pending in the vault' : 'made by an earlier attempt, pending in the vault' };
}

/** Removes the pending value, which is out of service by now, and what closed runs have left pending. */
export async function undoCreateSecret(deps: Deps, job: RotationJob): Promise<Undone> {
  const undone: string[] = [];
  for (const { label } of pendingFields(await vaultFor(deps, job.names).read(), job.names.vaultField)) {
    const { removed } = await vaultFor(deps, job.names).removeField(label);
    if (removed) undone.push(`vault field ${label} removed`);
  }
  return { undone, kept: [], blocks: false };
}
