import { proposalBranch } from '../core/resolve.ts';
import type { Job, Kept, Landing, Undone } from '../core/run.ts';
import type { Deps } from './deps.ts';
import { contentAt, findLanded } from './landed.ts';
import { attemptDeadline, oneLandingAtATime } from './landingTurn.ts';
import { proposeRevert, whatOf, withdraw } from './pullRequest.ts';
import { pushedToTarget } from './pushedToTarget.ts';
import { CHANGE_TRAILER, planRevert, REVERT_STEP, STEP_TRAILER, targetHead, worktreeOf } from './runBranch.ts';
import { beating } from './wait.ts';

/**
 * Undo begins here: did the change land, although its answer was lost? A proposal is withdrawn first, so that nobody merges
 * it after the look. Throws `Refused` where it cannot be withdrawn.
 */
export async function settleLanding(deps: Deps, job: Job): Promise<Landing> {
  await withdrawProposal(deps, job);
  const landed = await findLanded(deps, job);
  if (landed === undefined || landed.reverted || !landed.whole) return { state: 'notLanded' };
  return { state: 'landed', commit: landed.commit };
}

async function withdrawProposal(deps: Deps, job: Job): Promise<void> {
  if (job.landBy === undefined) return;
  const branch = proposalBranch(job.client, job.changeId);
  await withdraw(deps, job, branch, `The run that proposed this has ended; it takes everything back.`);
}

/**
 * `land: first`: one change that takes our entries out again, others' changes kept. Not landed = nothing to do. Where
 * people merge, it is proposed to them, and everything that the change deployed is kept until they have.
 */
export async function revertChange(deps: Deps, job: Job): Promise<Undone> {
  const deadline = attemptDeadline();
  return beating(() =>
    oneLandingAtATime(deps, deadline, async () => {
      await withdrawProposal(deps, job);
      return revert(deps, job, deadline);
    }),
  );
}

async function revert(deps: Deps, job: Job, deadline: number): Promise<Undone> {
  for (;;) {
    const landed = await findLanded(deps, job);
    if (landed === undefined || landed.reverted) return { undone: [], kept: [], blocks: false };
    const target = await targetHead(deps);
    const removals = await planRevert(deps, job, target, landed.commit);
    const kept = removals
      .filter((removal) => removal.kind === 'kept')
      .map((removal): Kept => ({ what: removal.path, why: removal.reason, remedy: byHand(job) }));
    if (kept.length > 0) return { undone: [], kept, blocks: true };
    const makeCommit = (): Promise<string> =>
      deps.git.commit({
        parent: target,
        changes: removals
          .filter((removal) => removal.kind === 'changed')
          .map(({ path, after }) => ({ path, text: after })),
        subject: `Take back the ${whatOf(job)} of OIDC client ${job.client}`,
        trailers: { [CHANGE_TRAILER]: job.changeId, [STEP_TRAILER]: REVERT_STEP },
        worktree: worktreeOf(job),
      });
    if (job.landBy === 'pullRequest') return waitForPeople(deps, job, makeCommit, deadline);
    const commit = await makeCommit();
    // Somebody has taken all of it out already.
    if (commit === target) return { undone: [], kept: [], blocks: false };
    if (await pushedToTarget(deps, commit, target, deadline)) {
      return { undone: [`${commit.slice(0, 12)} takes the change back`], kept: [], blocks: false };
    }
  }
}

function byHand(job: Job): string {
  return job.removal === undefined ? 'Take the entry out by hand.' : 'Put the entry back by hand.';
}

async function waitForPeople(
  deps: Deps,
  job: Job,
  makeCommit: () => Promise<string>,
  deadline: number,
): Promise<Undone> {
  const takesBack = async (commit: string): Promise<boolean> => (await contentAt(deps, job, commit)) === 'none';
  const { branch, address } = await proposeRevert(deps, job, makeCommit, takesBack, deadline);
  const pending = address ?? branch;
  const kept: Kept = {
    what: 'the change on the target branch',
    why: `${pending} takes it back and waits for its merge.`,
    remedy: `Merge it, then start the ${whatOf(job)} of ${job.client} again with {"client":"${job.client}","takeBack":true}; without takeBack a new run keeps the change and finishes it.`,
  };
  return { undone: [], kept: [kept], blocks: true, pending };
}
