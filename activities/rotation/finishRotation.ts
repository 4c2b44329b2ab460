import { previousLabel, rotatedLabel } from '../../core/resolve.ts';
import type { StepReport } from '../../core/run.ts';
import type { RotationJob } from '../../core/rotation.ts';
import type { Deps } from '../deps.ts';
import { releaseTurn } from '../acquireTurn.ts';
import { fieldOf } from '../vaultSecret.ts';

/** Where the vault item keeps the dates, apart from the secrets. */
const SECTION = 'Rotations';

/** Drops the previous value and notes the date of the rotation, in one write; then releases the turn. */
export async function finishRotation(deps: Deps, job: RotationJob, rotatedAt: string): Promise<StepReport> {
  const { vaultField } = job.names;
  const previous = fieldOf(await deps.vault.read(), previousLabel(vaultField));
  await deps.vault.change({
    remove: previous === undefined ? [] : [previous.id],
    note: { label: rotatedLabel(vaultField), text: rotatedAt, section: SECTION },
  });
  if (job.land === 'last') await releaseTurn(deps, { client: job.client, digest: job.digest });
  return { note: `the previous value is dropped${job.land === 'last' ? ', the turn released' : ''}` };
}
