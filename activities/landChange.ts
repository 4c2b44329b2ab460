import { RegistrarError } from '../core/errors.ts';
import type { Job, Kept, Landing, LandResult, StepReport, Undone } from '../core/run.ts';
import { sameInstallation, type Deps } from './deps.ts';
import { attemptDeadline, oneLandingAtATime } from './landingTurn.ts';
import { assertStillLive } from './stillLive.ts';
import {
  CHANGE_TRAILER,
  commitEdits,
  EDIT_STEPS,
  findLanded,
  planEdits,
  planRemovals,
  readRunBranch,
  refuseForeign,
  REVERT_STEP,
  STEP_TRAILER,
  summarise,
  targetHead,
  worktreeOf,
} from './runBranch.ts';
import { beating } from './wait.ts';

export interface LandOptions {
  /** The target has moved often enough: another move under what we deployed is an error. */
  readonly lastTry: boolean;
}

/** Brings the change to the target branch, as one. A retry finds its own push by the change id. */
export async function landChange(deps: Deps, job: Job, options: LandOptions): Promise<LandResult & StepReport> {
  sameInstallation(deps, job.digest);
  const deadline = attemptDeadline();
  return oneLandingAtATime(deps, deadline, async () => {
    const landed = await findLanded(deps, job);
    if (landed !== undefined && !landed.reverted) {
      return { state: 'landed', commit: landed.commit, note: `landed as ${landed.commit.slice(0, 12)}` };
    }
    return job.land === 'first' ? landFirst(deps, job, deadline) : landLast(deps, job, options, deadline);
  });
}

/** One commit with all edits on the target's newest head; a lost race is answered by fetch, re-edit, push. */
async function landFirst(deps: Deps, job: Job, deadline: number): Promise<LandResult & StepReport> {
  for (;;) {
    const { head: branchHead } = await readRunBranch(deps, job);
    const target = await targetHead(deps);
    const commit = await commitEdits(deps, job, EDIT_STEPS, target, 'landChange');
    if (commit === target)
      return { state: 'landed', commit: undefined, note: 'the target branch holds all of it already' };
    await deps.git.push({ commit, branch: job.branch, expected: branchHead ?? null, deadline });
    if (await pushedToTarget(deps, commit, target, deadline)) {
      return { state: 'landed', commit, note: `landed as ${commit.slice(0, 12)}` };
    }
  }
}

/** False where somebody was faster and there is time for another race. Any other refusal is thrown. */
async function pushedToTarget(deps: Deps, commit: string, expected: string, deadline: number): Promise<boolean> {
  try {
    await deps.git.push({ commit, branch: deps.installation.gitops.branch, expected, deadline });
    return true;
  } catch (error) {
    if (error instanceof RegistrarError && error.kind === 'Conflict' && Date.now() < deadline) return false;
    throw error;
  }
}

/** The branch that was deployed and verified becomes the target's head, unless the target has moved. */
async function landLast(
  deps: Deps,
  job: Job,
  options: LandOptions,
  deadline: number,
): Promise<LandResult & StepReport> {
  await assertStillLive(deps, job, ['configMap', 'deployment', 'externalSecret']);
  for (;;) {
    const branch = await readRunBranch(deps, job);
    refuseForeign(job, branch);
    const target = await targetHead(deps);
    let commit = branch.head;
    if (commit === undefined || !(await isComplete(deps, job, commit, target))) {
      const rebased = await rebase(deps, job, target);
      if (rebased === target) {
        return { state: 'landed', commit: undefined, note: 'the target branch holds all of it already' };
      }
      await deps.git.push({ commit: rebased, branch: job.branch, expected: branch.head ?? null, deadline });
      commit = rebased;
    }
    if (await deployedTextMoved(deps, job, target)) return rebasedResult(deps, job, target, options);
    if (await pushedToTarget(deps, commit, target, deadline)) {
      return { state: 'landed', commit, note: `landed as ${commit.slice(0, 12)}` };
    }
  }
}

/** Whether a commit stands on the target and holds every edit: a person may have deleted or moved the branch. */
async function isComplete(deps: Deps, job: Job, commit: string, target: string): Promise<boolean> {
  if (!(await deps.git.isAncestor(target, commit))) return false;
  const plans = await planEdits(deps, job, EDIT_STEPS, commit);
  return plans.every((plan) => plan.kind === 'alreadyThere');
}

/** The same edits on the target's new head. */
async function rebase(deps: Deps, job: Job, target: string): Promise<string> {
  let commit = target;
  for (const step of EDIT_STEPS) commit = await commitEdits(deps, job, [step], commit, step);
  return commit;
}

/** Whether a file that we deployed from has changed on the target since our base. */
async function deployedTextMoved(deps: Deps, job: Job, target: string): Promise<boolean> {
  const { externalSecret, blueprints, deployment } = deps.installation.authentik;
  const moved = await deps.git.changedPaths(job.base, target);
  return [externalSecret.file, blueprints.file, deployment.file].some((path) => moved.includes(path));
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
  return {
    state: 'rebased',
    base: target,
    edits,
    note: `the target moved to ${target.slice(0, 12)} under what was deployed: deploy and verify again`,
  };
}

/** Undo begins here: did the change land, although its answer was lost? */
export async function settleLanding(deps: Deps, job: Job): Promise<Landing> {
  const landed = await findLanded(deps, job);
  return landed === undefined || landed.reverted ? { state: 'notLanded' } : { state: 'landed', commit: landed.commit };
}

/** `land: first`: one change that takes our entries out again, others' changes kept. Not landed = nothing to do. */
export async function revertChange(deps: Deps, job: Job): Promise<Undone> {
  const deadline = attemptDeadline();
  return beating(() => oneLandingAtATime(deps, deadline, () => revert(deps, job, deadline)));
}

async function revert(deps: Deps, job: Job, deadline: number): Promise<Undone> {
  for (;;) {
    const landed = await findLanded(deps, job);
    if (landed === undefined || landed.reverted) return { undone: [], kept: [], blocks: false };
    const target = await targetHead(deps);
    const removals = await planRemovals(deps, job, target);
    const kept = removals
      .filter((removal) => removal.kind === 'kept')
      .map((removal): Kept => ({ what: removal.path, why: removal.reason, remedy: 'Take the entry out by hand.' }));
    if (kept.length > 0) return { undone: [], kept, blocks: true };
    const commit = await deps.git.commit({
      parent: target,
      changes: removals
        .filter((removal) => removal.kind === 'changed')
        .map(({ path, after }) => ({ path, text: after })),
      subject: `Take back the registration of OIDC client ${job.client}`,
      trailers: { [CHANGE_TRAILER]: job.changeId, [STEP_TRAILER]: REVERT_STEP },
      worktree: worktreeOf(job),
    });
    // Somebody has taken all of it out already.
    if (commit === target) return { undone: [], kept: [], blocks: false };
    if (await pushedToTarget(deps, commit, target, deadline)) {
      return { undone: [`${commit.slice(0, 12)} takes the change back`], kept: [], blocks: false };
    }
  }
}
