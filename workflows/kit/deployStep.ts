import { isCancellation } from '@temporalio/workflow';
import type { DeployStep } from '../../activities/register/awaitDeployed.ts';
import type { Activities } from '../../activities/createActivities.ts';
import { DEPLOYERS } from '../../core/installation/deployers.ts';
import type { Job } from '../../core/run/job.ts';
import { look, wait } from './activityOptions.ts';
import type { Answer } from './ask.ts';
import type { ClientRun } from './clientRun.ts';
import { describeFailure, failure } from './failures.ts';
import { deployNotice } from './notify.ts';

interface Deployed {
  /** What is deployed, for whoever else does that. */
  readonly what: string;
  /** How it goes its way, for whoever looks at the activity. */
  readonly summary: string;
}

/** A step that deploys and proves it; where the deployer cannot be asked it proves what somebody else has deployed. */
export function deployStep<Name extends DeployStep>(
  run: ClientRun,
  name: Name,
  job: Job,
  { what, summary }: Deployed,
): Promise<Answer<Name>> {
  return run.step(name, async (): Promise<Answer<Name>> => {
    if (!DEPLOYERS[run.installation.deployBy ?? 'argocd'].isAsked) await awaitOthers(run, name, job, what);
    return run.ask(name, wait, summary, ...([job] as Parameters<Activities[Name]>));
  });
}

/** Hours may go by until somebody deploys what has landed. */
async function awaitOthers(run: ClientRun, step: DeployStep, job: Job, what: string): Promise<void> {
  const { timings } = run.installation;
  const summary = `until somebody deploys ${what}`;
  run.progress.set(step, 'running', `waits ${summary}`);
  try {
    const wait = () =>
      run.looks.until(timings.deployMs, (remainingMs) =>
        run.ask('awaitDeployed', look(remainingMs, 'deployPollMs'), summary, job, step),
      );
    await run.notices.whileWaiting(deployNotice(run.client, what), () => run.progress.whileWaitingFor('deploy', wait));
  } catch (error) {
    // A look that was under way at the deadline has said nothing.
    if (isCancellation(error) || describeFailure(error).type !== 'Timeout') throw error;
    throw failure('NotYet', `gave up waiting: nobody has deployed ${what}`, {
      remedy: 'See that whoever deploys the target branch does so, or raise timings.deployMs; then start again.',
    });
  }
}
