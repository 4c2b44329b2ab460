import { ApplicationFailure, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { DeployStep } from '../../activities/register/awaitDeployed.ts';
import type { Activities } from '../../activities/createActivities.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import type { Job } from '../../core/run/job.ts';
import { look } from './activityOptions.ts';
import type { ClientRun } from './clientRun.ts';
import { describeFailure } from './failures.ts';
import { deployNotice } from './notify.ts';

export interface OthersDeploy {
  readonly job: Job;
  readonly step: DeployStep;
  /** What they deploy, in words. */
  readonly what: string;
}

/** `deployBy: external`: hours may go by until somebody deploys what has landed. Elsewhere nothing is waited for. */
export async function awaitExternalDeploy(
  run: ClientRun,
  installation: InstallationSummary,
  { job, step, what }: OthersDeploy,
): Promise<void> {
  const { deployBy, timings } = installation;
  if (deployBy !== 'external') return;
  run.progress.set(step, 'running', `waits until somebody deploys ${what}`);
  const wait = (): Promise<unknown> =>
    run.untilRechecked(timings.deployMs, (remainingMs) => {
      const options = look(timings, remainingMs, timings.deployPollMs);
      return proxyActivities<Activities>(options).awaitDeployed.executeWithOptions(
        { ...options, summary: `until somebody deploys ${what}` },
        [job, step],
      );
    });
  try {
    await run.notices.whileWaiting(installation, deployNotice(run.client, what), wait);
  } catch (error) {
    // A look that was under way at the deadline has said nothing.
    if (isCancellation(error) || describeFailure(error).type !== 'Timeout') throw error;
    throw notDeployed(what);
  }
}

function notDeployed(what: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'NotYet',
    nonRetryable: true,
    message: `gave up waiting: nobody has deployed ${what}`,
    details: [
      { remedy: 'See that whoever deploys the target branch does so, or raise timings.deployMs; then start again.' },
    ],
  });
}
