import { directionOf } from '../../core/run/direction.ts';
import { proposalBranch, revertBranch } from '../../core/names/labels.ts';
import type { Job } from '../../core/run/job.ts';
import type { Leftover, LandingState, Undone } from '../../core/run/reports.ts';
import { attemptDeadline } from '../kit/attemptTime.ts';
import type { Deps } from '../deps.ts';
import { orderOf } from '../branch/landing/order.ts';
import { findLanded } from '../branch/landed.ts';
import type { LandedChange } from '../branch/landing/merger.ts';
import { mergerOf } from '../branch/landing/mergerOf.ts';
import { oneLandingAtATime } from '../kit/landingQueue.ts';
import { planRevert, planStanding } from '../branch/plans.ts';
import { CHANGE_TRAILER, REVERT_STEP, STEP_TRAILER, targetHead } from '../branch/runBranch.ts';
import { mergedButNotLive } from '../consumers/live.ts';

/**
 * Undo begins here: did the change land, although its answer was lost? A proposal is withdrawn first, so that nobody merges
 * it after the look. Throws `Refused` where it cannot be withdrawn.
 */
export async function settleLanding(deps: Deps, job: Job): Promise<LandingState> {
  const landed = await withdrawnOrLanded(deps, job);
  if (landed === undefined || landed.reverted) return { state: 'notLanded' };
  if (landed.whole) return { state: 'landed', commit: landed.commit, warnings: await mergedWarnings(deps, job) };
  return { state: 'notLanded', kept: orderOf(job).ahead ? await mergedInPart(deps, job) : [] };
}

/** What is merged goes forward, so a cluster that cannot be read just now must not fail this. */
async function mergedWarnings(deps: Deps, job: Job): Promise<readonly string[]> {
  if (!mergerOf(job).people) return [];
  return mergedButNotLive(deps, job).catch(() => [
    'merged, but whether the clusters still hold it could not be read: run check when they answer again',
  ]);
}

/** `land: last`: no compensation is about the target branch, so what people merged of the change is listed here. */
async function mergedInPart(deps: Deps, job: Job): Promise<readonly Leftover[]> {
  const { brings, undo, noun } = directionOf(job);
  return (await planStanding(deps, job, await targetHead(deps)))
    .filter(({ kind }) => (kind === 'alreadyGone') !== brings)
    .map(({ path }) => ({
      what: `what was merged of the change in ${path}`,
      why: 'the change was not merged as it was proposed, so it was not finished.',
      remedy: `${undo('it')}, or start the ${noun} of ${job.client} again once its file is right.`,
    }));
}

/** The change as it stands on the target, once its proposal can no longer be merged. One that is merged needs no withdrawal. */
async function withdrawnOrLanded(deps: Deps, job: Job): Promise<LandedChange | undefined> {
  const landed = await findLanded(deps, job);
  if (landed?.whole === true && !landed.reverted) return landed;
  const branch = proposalBranch(job.branch);
  const comment = 'The run that proposed this has ended; it takes everything back.';
  return (await mergerOf(job).withdraw(deps, job, branch, comment)) ? findLanded(deps, job) : landed;
}

/**
 * `land: first`: one change that takes our entries out again, others' changes kept. Not landed = nothing to do. Where
 * people merge, it is proposed to them, and everything that the change deployed is kept until they have.
 */
export async function revertChange(deps: Deps, job: Job): Promise<Undone> {
  return oneLandingAtATime(deps, attemptDeadline(), async () => {
    await withdrawnOrLanded(deps, job);
    return revert(deps, job);
  });
}

async function revert(deps: Deps, job: Job): Promise<Undone> {
  for (;;) {
    const landed = await findLanded(deps, job);
    if (landed === undefined) return { undone: [], kept: [], blocks: false };
    // Pushed by an earlier attempt, or by the run that this one continues: the trailers tell.
    if (landed.reverted) {
      await mergerOf(job).tidy(deps, job, [revertBranch(job.branch)], 'The change is taken back.');
      return { undone: takenBack(landed.revert), kept: [], blocks: false };
    }
    const target = await targetHead(deps);
    const { noun, undo } = directionOf(job);
    const removals = await planRevert(deps, job, target, landed.commit);
    const kept = removals
      .filter((removal) => removal.kind === 'kept')
      .map((removal): Leftover => ({
        what: removal.path,
        why: removal.reason,
        remedy: `${undo('the entry')} by hand.`,
      }));
    if (kept.length > 0) return { undone: [], kept, blocks: true };
    const makeCommit = (): Promise<string> =>
      deps.git.commit({
        parent: target,
        changes: removals
          .filter((removal) => removal.kind === 'changed')
          .map(({ path, after }) => ({ path, text: after })),
        subject: `Take back the ${noun} of OIDC client ${job.client}`,
        trailers: { [CHANGE_TRAILER]: job.changeId, [STEP_TRAILER]: REVERT_STEP },
      });
    const undone = await mergerOf(job).bringRevert(deps, job, target, makeCommit);
    if (undone !== undefined) return undone;
  }
}

/** Where people have taken it back, no commit need say so. */
function takenBack(commit: string | undefined): readonly string[] {
  return [
    commit === undefined
      ? 'the target branch no longer holds the change'
      : `${commit.slice(0, 12)} takes the change back`,
  ];
}
