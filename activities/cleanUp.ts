import type { Job, Kept, StepReport, Undone } from '../core/run.ts';
import { releaseTurn } from './acquireTurn.ts';
import { sameInstallation, type Deps } from './deps.ts';
import { readRunBranch, worktreeOf } from './runBranch.ts';
import { journalled } from './undoJournal.ts';

/** Deletes the run's branch and worktree and releases the turn. Past the commit point: its failure is a warning. */
export async function cleanUp(deps: Deps, job: Job): Promise<StepReport> {
  sameInstallation(deps, job.digest);
  await deleteRunBranch(deps, job);
  if (job.land === 'last') await releaseTurn(deps, { client: job.client, digest: job.digest });
  return { note: 'branch deleted, turn released' };
}

/** Deletes the run's branch, in the remote, and its worktree; absent is success. */
export async function deleteRunBranch(deps: Deps, job: Job): Promise<Undone> {
  return journalled(async (journal) => {
    const { head, foreign } = await readRunBranch(deps, job);
    await deps.git.removeWorktree(worktreeOf(job));
    if (head === undefined) return { kept: [], blocks: false };
    if (foreign.length > 0) return { kept: [keptForeign(job, foreign.length)], blocks: true };
    const deed = { what: `branch ${job.branch}`, done: `branch ${job.branch} deleted` };
    await journal.begin(deed);
    await deps.git.deleteBranch(job.branch, head);
    journal.done(deed);
    return { kept: [], blocks: false };
  });
}

function keptForeign(job: Job, count: number): Kept {
  return {
    what: `branch ${job.branch}`,
    why: `somebody pushed ${count === 1 ? 'a commit' : 'commits'} of their own to it.`,
    remedy: `Move them elsewhere, then: git push origin --delete ${job.branch}`,
  };
}
