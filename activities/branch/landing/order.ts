import type { EditStep } from '../../../core/changes/fileEdit.ts';
import type { Job } from '../../../core/run/job.ts';
import type { Land } from '../../../core/run/steps.ts';
import type { Deps, FoundPlan } from '../../deps.ts';
import { ensureEdits } from '../commits.ts';
import { baseOf, freshTarget } from '../runBranch.ts';

/** A commit to deploy from, and whether the target branch has it: then whoever follows that deploys it. */
export interface Source {
  readonly commit: string;
  readonly landed: boolean;
}

/** The branch of a run that died, and the target branch as it is now. */
interface DeadBranch {
  readonly changeId: string;
  readonly target: string;
  /** Undefined where the dead run had pushed nothing. */
  readonly head: string | undefined;
  /** The dead run's change is on the target branch. */
  readonly landed: boolean;
  readonly plan: FoundPlan | undefined;
}

/** Which comes first, the landing or the deployment (`gitops.land`), and what follows from it. */
interface LandingOrder {
  /**
   * What a run has deployed is not on the target branch yet: whoever deploys that takes it away again, a second run as well as
   * a person. So runs take turns, and look whether what they deployed is still there.
   */
  readonly ahead: boolean;
  /** The commit from which a step deploys the change. Fetches; sees that the run's branch holds the edits up to this step. */
  change(deps: Deps, job: Job, step: EditStep): Promise<Source>;
  /** The commit from which an undo deploys what was there before. */
  before(deps: Deps, job: Job): Promise<Source>;
  /** Whether a dead run whose change has landed or not had nothing left to prove. */
  isDone(landed: boolean, plan: FoundPlan | undefined): boolean;
  /** The base on which a dead run is gone on with. `formerBase`: what it deployed is of that one, for the target has moved. */
  standsOn(deps: Deps, dead: DeadBranch): Promise<{ readonly base: string; readonly formerBase?: string }>;
}

/** `land: first`: all that is deployed comes from the target branch, so no run is in another's way. */
const first: LandingOrder = {
  ahead: false,
  change: async (deps) => ({ commit: await freshTarget(deps), landed: true }),
  before: async (deps) => ({ commit: await freshTarget(deps), landed: true }),
  // A change lands before it is proven: only its run's own end tells that it was.
  isDone: (_landed, plan) => plan?.completed === true,
  standsOn: async (deps, { head, target, changeId, plan }) => ({
    base: head === undefined ? (plan?.job.base ?? target) : await baseOf(deps, head, target, changeId),
  }),
};

/** `land: last`: the run's branch is deployed and proven before it lands. */
const last: LandingOrder = {
  ahead: true,
  change: async (deps, job, step) => ({ commit: await ensureEdits(deps, job, step), landed: false }),
  before: async (_deps, { base }) => ({ commit: base, landed: false }),
  isDone: (landed) => landed,
  async standsOn(deps, { head, target, changeId, landed }) {
    if (head === undefined || landed) return { base: target };
    const old = await baseOf(deps, head, target, changeId);
    // What others landed since must not be taken away by deploying from the dead run's base.
    return (await deps.git.isAncestor(target, head)) ? { base: old } : { base: target, formerBase: old };
  },
};

const ORDERS: Readonly<Record<Land, LandingOrder>> = { first, last };

/** The order that a job, or registrar.yaml in `gitops`, has chosen. */
export function orderOf({ land }: { readonly land: Land }): LandingOrder {
  return ORDERS[land];
}
