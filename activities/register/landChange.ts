import { directionOf } from '../../core/run/direction.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { revertBranch } from '../../core/names/labels.ts';
import { bySection, saysAsPlanned } from '../../core/run/sectionOfJob.ts';
import type { Job } from '../../core/run/job.ts';
import type { LandResult, StepReport } from '../../core/run/reports.ts';
import { holdTurn } from '../waits/turn.ts';
import { assertStillDelivered } from '../consumers/live.ts';
import { blueprintAt } from '../state/blueprintOf.ts';
import { attemptDeadline } from '../kit/attemptTime.ts';
import type { Deps } from '../deps.ts';
import { findLanded } from '../branch/landed.ts';
import type { LandedChange } from '../branch/landing/merger.ts';
import { mergerOf } from '../branch/landing/mergerOf.ts';
import { sectionAt } from '../state/manifest.ts';
import { oneLandingAtATime } from '../kit/landingQueue.ts';
import { assertStillAllowed } from '../preflight/policy.ts';
import { RESOURCES } from '../state/ourResources.ts';
import { isSourceOf } from '../state/manifest.ts';
import { assertStillLive } from '../deploy/stillLive.ts';
import { commitEdits, commitSteps } from '../branch/commits.ts';
import { planEdits, summarise } from '../branch/plans.ts';
import { EDIT_STEPS, fetchedRunBranch, refuseForeign, targetHead } from '../branch/runBranch.ts';

export interface LandOptions {
  /** The target has moved often enough: another move under what we deployed is an error. */
  readonly lastTry: boolean;
}

/**
 * Brings the change to the target branch, as one, or proposes it to the people who do. A retry finds its own push by the
 * change id.
 */
export async function landChange(deps: Deps, job: Job, options: LandOptions): Promise<LandResult & StepReport> {
  return oneLandingAtATime(deps, attemptDeadline(), async () => {
    const landed = await keptLanded(deps, job);
    if (landed !== undefined) {
      return { state: 'landed', commit: landed.commit, note: `landed as ${landed.commit.slice(0, 12)}` };
    }
    assertStillAllowed(deps, job);
    return job.land === 'first' ? landFirst(deps, job) : landLast(deps, job, options);
  });
}

/** The change, where it stands on the target. Fetches. An undo of the run before may wait for its merge: this run wants it to stay. */
async function keptLanded(deps: Deps, job: Job): Promise<LandedChange | undefined> {
  const landed = await wholly(deps, job);
  if (landed === undefined) return undefined;
  const branch = revertBranch(job.branch);
  const comment = `A new run of client ${job.client} keeps the change.`;
  return (await mergerOf(job).withdraw(deps, job, branch, comment)) ? wholly(deps, job) : landed;
}

async function wholly(deps: Deps, job: Job): Promise<LandedChange | undefined> {
  const landed = await findLanded(deps, job);
  return landed !== undefined && !landed.reverted && landed.whole ? landed : undefined;
}

/** One commit with all edits on the target's newest head; a lost race is answered by fetch, re-edit, push. */
async function landFirst(deps: Deps, job: Job): Promise<LandResult & StepReport> {
  const merger = mergerOf(job);
  for (;;) {
    const { head: branchHead } = await fetchedRunBranch(deps, job);
    const target = await targetHead(deps);
    const commit =
      (await merger.proposedBefore(deps, job, branchHead, target)) ??
      (await commitEdits(deps, job, EDIT_STEPS, target, 'landChange'));
    if (commit === target)
      return { state: 'landed', commit: undefined, note: 'the target branch holds all of it already' };
    await assertOurSection(deps, job, commit);
    await deps.git.push({ commit, branch: job.branch, expected: branchHead ?? null });
    const result = await merger.bring(deps, job, commit, target);
    if (result !== undefined) return result;
    await deps.git.fetch();
  }
}

/** Everything that follows goes by the text that preflight saw: where people reworded the section since, that is another one. Throws `Refused`. */
async function assertOurSection(deps: Deps, job: Job, commit: string): Promise<void> {
  if (!directionOf(job).brings) return;
  const { file } = deps.installation.authentik.blueprints;
  for (const part of bySection(job)) {
    const { blueprintKey } = part.names;
    const section = await sectionAt(deps, commit, blueprintKey);
    if (section === undefined || saysAsPlanned(section, part)) continue;
    throw new RegistrarError({
      system: 'Git',
      kind: 'Refused',
      message: `somebody has changed section ${blueprintKey} of ${file} since this run began`,
      remedy: 'Start again: the next run begins with the section as it is now.',
    });
  }
}

/**
 * The branch that was deployed and verified becomes the target's head, unless the target has moved: a push that finds either
 * elsewhere than at the last fetch is a lost race.
 */
async function landLast(deps: Deps, job: Job, options: LandOptions): Promise<LandResult & StepReport> {
  await holdTurn(deps, job);
  await assertStillLive(deps, job, ['configMap', 'deployment', 'externalSecret']);
  await assertStillDelivered(deps, job);
  for (;;) {
    const branch = await fetchedRunBranch(deps, job);
    refuseForeign(job, branch);
    const target = await targetHead(deps);
    let commit = branch.head;
    if (commit === undefined || !(await isComplete(deps, job, commit, target))) {
      const rebased = await commitSteps(deps, job, target);
      if (rebased === target) {
        return { state: 'landed', commit: undefined, note: 'the target branch holds all of it already' };
      }
      await deps.git.push({ commit: rebased, branch: job.branch, expected: branch.head ?? null });
      commit = rebased;
    }
    if (await deployedTextMoved(deps, job, target)) return rebasedResult(deps, job, target, options);
    const result = await mergerOf(job).bring(deps, job, commit, target);
    if (result !== undefined) return result;
    await deps.git.fetch();
  }
}

/** Whether a commit stands on the target and holds every edit: a person may have deleted or moved the branch. */
async function isComplete(deps: Deps, job: Job, commit: string, target: string): Promise<boolean> {
  if (!(await deps.git.isAncestor(target, commit))) return false;
  const plans = await planEdits(deps, job, EDIT_STEPS, commit);
  return plans.every((plan) => plan.kind === 'alreadyThere');
}

/** Whether a file that we deployed from has changed on the target since our base. */
async function deployedTextMoved(deps: Deps, job: Job, target: string): Promise<boolean> {
  const moved = await deps.git.changedPaths(job.base, target);
  return moved.some((path) => RESOURCES.some((resource) => isSourceOf(deps, resource, path)));
}

async function rebasedResult(
  deps: Deps,
  job: Job,
  target: string,
  options: LandOptions,
): Promise<LandResult & StepReport> {
  if (options.lastTry) {
    throw new RegistrarError({
      system: 'Git',
      kind: 'Refused',
      message: `${deps.installation.gitops.branch} kept moving under the files that were deployed for ${job.client}`,
      remedy: 'Start again when fewer people land changes to these files, or use gitops.land: first.',
    });
  }
  const edits = summarise(await planEdits(deps, job, EDIT_STEPS, target));
  const rendered = job.blueprint.asked ?? job.blueprint.text;
  const blueprint = directionOf(job).brings
    ? await blueprintAt(deps, target, { ...job, rendered, grantsKnown: false })
    : job.blueprint;
  return {
    state: 'rebased',
    base: target,
    edits,
    ...(textsOf(blueprint) === textsOf(job.blueprint) ? {} : { blueprint }),
    note: `the target moved to ${target.slice(0, 12)} under what was deployed: deploy and verify again`,
  };
}

/** Every text of a client's blueprint, in one. */
function textsOf({ text, further = [] }: Job['blueprint']): string {
  return [text, ...further.map((each) => each.text)].join('\0');
}
