import { directionOf } from '../../core/run/direction.ts';
import { pendingLabel, proposalBranch, revertBranch } from '../../core/names/labels.ts';
import type { Job } from '../../core/run/job.ts';
import type { Leftover, StepReport, Undone } from '../../core/run/reports.ts';
import { releaseOwn } from '../waits/releaseTurn.ts';
import { removeDropped } from '../authentik/removeDropped.ts';
import type { Deps } from '../deps.ts';
import { vaultFor } from '../state/clientVault.ts';
import { mergerOf } from '../branch/landing/mergerOf.ts';
import { readRunBranch, worktreeOf } from '../branch/runBranch.ts';
import { NOTHING_LEFT, journalled, type UndoRemainder, type UndoJournal } from '../kit/undoJournal.ts';

/**
 * What is left to do once the change stands: deletes the groups and accounts that it has dropped, the run's branches
 * and worktree and what a repair found left over, and releases the turn. Past the point of no return: a failure is a
 * warning.
 */
export async function cleanUp(deps: Deps, job: Job): Promise<StepReport> {
  let left: readonly string[] = [];
  let dropped: readonly string[] = [];
  try {
    dropped = await removeDropped(deps, job);
    const proposals = [proposalBranch(job.branch), revertBranch(job.branch)];
    const comment = `Client ${job.client} is ${directionOf(job).done}.`;
    // A forge may be told to delete merged branches; where it is not, or where the content came otherwise, ours is left over.
    const theirs = await mergerOf(job).tidy(deps, job, proposals, comment);
    const { kept } = await deleteRunBranch(deps, job);
    left = [...theirs.map((branch) => `branch ${branch}`), ...kept.map(({ what }) => what)];
    for (const changeId of job.repair?.leftovers ?? [])
      await vaultFor(deps, job.names).removeField(pendingLabel(job.names.vaultField, changeId));
  } finally {
    await releaseOwn(deps, job);
  }
  const warnings = { warnings: dropped };
  if (left.length > 0) return { ...warnings, note: `turn released; kept: ${left.join(', ')}` };
  return { ...warnings, note: 'branch deleted, turn released' };
}

/** Deletes the run's branch, in the remote, and its worktree; absent is success. */
export async function deleteRunBranch(deps: Deps, job: Job): Promise<Undone> {
  return journalled((journal) => deleteBranch(deps, job, journal));
}

async function deleteBranch(deps: Deps, job: Job, journal: UndoJournal): Promise<UndoRemainder> {
  const { head, foreign } = await readRunBranch(deps, job);
  await deps.git.removeWorktree(worktreeOf(job));
  if (head === undefined) return NOTHING_LEFT;
  if (foreign.length > 0) return { kept: [keptForeign(job, foreign.length)], blocks: true };
  const deed = { what: `branch ${job.branch}`, done: `branch ${job.branch} deleted` };
  await journal.begin(deed);
  await deps.git.deleteBranch(job.branch, head);
  journal.done(deed);
  return NOTHING_LEFT;
}

function keptForeign(job: Job, count: number): Leftover {
  return {
    what: `branch ${job.branch}`,
    why: `somebody pushed ${count === 1 ? 'a commit' : 'commits'} of their own to it.`,
    remedy: `Move them elsewhere, then: \`git push origin --delete ${job.branch}\``,
  };
}
