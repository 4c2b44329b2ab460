import type { Job, StepReport, Undone } from '../core/run.ts';
import { releaseTurn } from './acquireTurn.ts';
import { sameInstallation, type Deps } from './deps.ts';
import { worktreeOf } from './runBranch.ts';

/** Deletes the run's branch and worktree and releases the turn. Past the commit point: its failure is a warning. */
export async function cleanUp(deps: Deps, job: Job): Promise<StepReport> {
  sameInstallation(deps, job.digest);
  await deleteRunBranch(deps, job);
  if (job.land === 'last') await releaseTurn(deps, { client: job.client, digest: job.digest });
  return { note: 'branch deleted, turn released' };
}

/** Deletes the run's branch, in the remote, and its worktree; absent is success. */
export async function deleteRunBranch(deps: Deps, job: Job): Promise<Undone> {
  await deps.git.fetch();
  const head = await deps.git.head(job.branch);
  await deps.git.removeWorktree(worktreeOf(job));
  if (head === undefined) return { undone: [], kept: [], blocks: false };
  await deps.git.deleteBranch(job.branch, head);
  return { undone: [`branch ${job.branch} deleted`], kept: [], blocks: false };
}
