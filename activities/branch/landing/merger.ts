import type { Job } from '../../../core/run/job.ts';
import type { LandResult, StepReport, Undone } from '../../../core/run/reports.ts';
import type { Deps } from '../../deps.ts';

/** A change as it stands on the target branch. */
export interface LandedChange {
  readonly commit: string;
  /** The change has been taken back since. */
  readonly reverted: boolean;
  /** Commit that has, where one of ours did. */
  readonly revert: string | undefined;
  /** Every entry stands there as we wrote it. */
  readonly whole: boolean;
}

/** Which of the target's commits bear the change id of a run. */
export interface Trace {
  readonly head: string;
  readonly change: string | undefined;
  /** The newest of them, where it takes the change back. */
  readonly revert: string | undefined;
}

/** Who brings a change to the target branch (`gitops.landBy`): the job by a push, or people by a merge. */
export interface Merger {
  /** People merge at any time and by any method, and need leave no trace of ours. */
  readonly people: boolean;
  /** Brings a commit of the change to the target, or proposes it. Undefined where somebody was faster: then it is made anew. */
  bring(deps: Deps, job: Job, commit: string, target: string): Promise<(LandResult & StepReport) | undefined>;
  /** Proposes, or pushes, what takes the change back. Undefined where somebody was faster. */
  bringRevert(deps: Deps, job: Job, target: string, makeCommit: () => Promise<string>): Promise<Undone | undefined>;
  /** The change on the target, by what is seen of it there. */
  landed(deps: Deps, job: Job, trace: Trace): Promise<LandedChange | undefined>;
  /** Whether the target holds the change although it does not hold the commit of the run's branch. */
  holds(deps: Deps, job: Job, target: string): Promise<boolean>;
  /** What an earlier attempt proposed, while it is still right: a new commit would undo the reviewers' approvals. */
  proposedBefore(deps: Deps, job: Job, head: string | undefined, target: string): Promise<string | undefined>;
  /** Sees that a proposed branch can no longer be merged. False where nothing is ever proposed. Throws `Refused`. */
  withdraw(deps: Deps, job: Job, branch: string, comment: string): Promise<boolean>;
  /** Withdraws what has done its work. Returns the branches that others have pushed to: they stay. */
  tidy(deps: Deps, job: Job, branches: readonly string[], comment: string): Promise<readonly string[]>;
}
