import { pendingLabel } from '../core/resolve.ts';
import type { Job, StepReport, Undone } from '../core/run.ts';
import { releaseTurn } from './acquireTurn.ts';
import { sameInstallation, type Deps } from './deps.ts';
import { readRunBranch, worktreeOf } from './runBranch.ts';

/** Deletes the run's branch and worktree and releases the turn. Past the commit point: its failure is a warning. */
export async function cleanUp(deps: Deps, job: Job): Promise<StepReport> {
  sameInstallation(deps, job.digest);
  await deleteRunBranch(deps, job);
  for (const changeId of job.repair?.leftovers ?? [])
    await deps.vault.removeField(pendingLabel(job.names.vaultField, changeId));
  if (job.land === 'last') await releaseTurn(deps, { client: job.client, digest: job.digest });
  return { note: 'branch deleted, turn released' };
}

/** Deletes the run's branch, in the remote, and its worktree; absent is success. */
export async function deleteRunBranch(deps: Deps, job: Job): Promise<Undone> {
  const { head, foreign } = await readRunBranch(deps, job);
  await deps.git.removeWorktree(worktreeOf(job));
  if (head === undefined) return { undone: [], kept: [], blocks: false };
  if (foreign.length > 0) {
    const why = `somebody pushed ${foreign.length === 1 ? 'a commit' : 'commits'} of their own to it.`;
    const remedy = `Move them elsewhere, then: git push origin --delete ${job.branch}`;
    return { undone: [], kept: [{ what: `branch ${job.branch}`, why, remedy }], blocks: true };
  }
  await deps.git.deleteBranch(job.branch, head);
  return { undone: [`branch ${job.branch} deleted`], kept: [], blocks: false };
}
