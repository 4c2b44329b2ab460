import { previousLabel, rotatedLabel, sinceLabel } from '../../core/names/labels.ts';
import type { StepReport } from '../../core/run/reports.ts';
import type { RotationJob } from '../../core/run/rotation.ts';
import type { Deps } from '../deps.ts';
import { vaultFor } from '../state/clientVault.ts';
import { formerSecretsLeft } from '../authentik/formerSecrets.ts';
import { releaseOwn } from '../waits/releaseTurn.ts';
import { pendingFields } from '../state/pendingFields.ts';
import { fieldOf } from '../state/vaultSecret.ts';

/**
 * Drops the previous value and what closed runs have left pending, and notes since when the new one is in service, in one write; then
 * what Authentik keeps of the previous value, and releases the turn.
 */
export async function finishRotation(deps: Deps, job: RotationJob, rotatedAt: string): Promise<StepReport> {
  const { vaultField } = job.names;
  const contents = await vaultFor(deps, job.names).read();
  const beside = [previousLabel(vaultField), sinceLabel(vaultField)].map((label) => fieldOf(contents, label));
  const dropped = [...beside.filter((field) => field !== undefined), ...pendingFields(contents, vaultField)];
  await vaultFor(deps, job.names).change({
    remove: dropped.map(({ id }) => id),
    notes: [{ label: rotatedLabel(vaultField), text: rotatedAt }],
  });
  const left = await formerSecretsLeft(deps, job);
  const released = await releaseOwn(deps, job);
  return {
    warnings: left.map(({ what, why, remedy }) => `${what} is left of the previous value: ${why} ${remedy}`),
    note: `the previous value is dropped${released ? ', the turn released' : ''}`,
  };
}
