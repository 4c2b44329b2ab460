import type { RemovalReport } from '../../core/run/deregistration.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { Remover } from '../authentik/remover.ts';
import { journalledRemoval } from '../kit/undoJournal.ts';
import { planAccounts } from './accounts.ts';

/**
 * Deletes the groups and service accounts that the registration made and nobody else uses. Past the point of no return:
 * the blueprint would make others of the same names, not these.
 */
export async function removeAccounts(deps: Deps, job: Job): Promise<RemovalReport> {
  if (deps.installation.authentik.undo === 'keep') return { note: 'kept by setting' };
  const { remove, kept } = await planAccounts(deps, job);
  const report = await journalledRemoval(async (journal) => {
    const remover = new Remover(deps, journal);
    for (const candidate of remove) await remover.remove(candidate);
    return remover.kept;
  }, 'nothing to remove');
  return { ...report, kept: [...kept, ...report.kept] };
}
