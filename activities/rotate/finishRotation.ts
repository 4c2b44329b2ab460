import { previousLabel, rotatedLabel } from '../../core/names/labels.ts';
import type { StepReport } from '../../core/run/reports.ts';
import type { RotationJob } from '../../core/run/rotation.ts';
import type { Deps } from '../deps.ts';
import { vaultFor } from '../state/clientVault.ts';
import { releaseOwn } from '../waits/releaseTurn.ts';
import { pendingFields } from '../state/pendingFields.ts';
import { fieldOf } from '../state/vaultSecret.ts';

/** Drops the previous value and what closed runs have left pending, and notes the date, in one write; then releases the turn. */
export async function finishRotation(deps: Deps, job: RotationJob, rotatedAt: string): Promise<StepReport> {
  const { vaultField } = job.names;
  const contents = await vaultFor(deps, job.names).read();
  const previous = fieldOf(contents, previousLabel(vaultField));
  const dropped = [...(previous === undefined ? [] : [previous]), ...pendingFields(contents, vaultField)];
  await vaultFor(deps, job.names).change({
    remove: dropped.map(({ id }) => id),
    notes: [{ label: rotatedLabel(vaultField), text: rotatedAt }],
  });
  const released = await releaseOwn(deps, job);
  return { note: `the previous value is dropped${released ? ', the turn released' : ''}` };
}
