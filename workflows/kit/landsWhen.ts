import { CancellationScope } from '@temporalio/workflow';
import type { Job } from '../../core/run/job.ts';
import type { Land } from '../../core/run/steps.ts';
import type { ClientRun } from './clientRun.ts';
import { Lander } from './landing.ts';
import type { Compensation } from './saga.ts';

/** A run whose change lands, with what is done in the systems before or after that. */
export interface LandingRun extends ClientRun {
  /** The steps of {@link deploy} that something takes back. */
  readonly deploying: readonly string[];
  /** Brings the change into the systems, and proves that it is there. */
  deploy(job: Job): Promise<void>;
  compensations(job: Job): readonly Compensation[];
}

/** What `gitops.land` decides of a run. */
interface LandsWhen {
  /** The run holds the turn at the Application, for what it deploys there is not on the target branch yet. */
  readonly takesTurn: boolean;
  /** Landing, where it is a step that undo takes back before what was deployed from it; else what has landed stays. */
  readonly takenBack: readonly string[];
  /** Lands the change and deploys it, in this order or the other. */
  readonly around: (run: LandingRun, job: Job) => Promise<void>;
}

/** What each value of `gitops.land` decides of a run; no other place of the workflows compares it. */
export const LANDS: Readonly<Record<Land, LandsWhen>> = {
  first: { takesTurn: false, takenBack: ['landChange'], around: landThenDeploy },
  last: { takesTurn: true, takenBack: [], around: deployThenLand },
};

async function landThenDeploy(run: LandingRun, job: Job): Promise<void> {
  // What lands may deploy itself, and make its objects in Authentik, before the push has even answered.
  run.saga.begin(...run.deploying);
  const lander = new Lander(run);
  await lander.land(job);
  const rest = (): Promise<void> => run.deploy(job);
  await (lander.mergedAnyway ? CancellationScope.nonCancellable(rest) : rest());
}

/** Where what was deployed from has moved, the change is on a new base, and is deployed from there before it lands. */
async function deployThenLand(run: LandingRun, job: Job): Promise<void> {
  const lander = new Lander(run);
  let current = job;
  for (let rebases = 0; ; rebases += 1) {
    await run.deploy(current);
    const rebased = await lander.land(current, rebases);
    if (rebased === undefined) return;
    current = rebased;
    run.outcome.job = current;
    run.saga.register(...run.compensations(current));
  }
}
