import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/createActivities.ts';
import { delivers } from '../../core/run/extraSteps.ts';
import { TAKE_FROM_STEP } from '../../core/run/deregistration.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import type { Job } from '../../core/run/job.ts';
import { compensation } from '../kit/activityOptions.ts';
import type { Compensation } from '../kit/saga.ts';

/**
 * How to put back what a deregistration takes out, in the order of its steps; undone in the other one: Git, then the
 * ExternalSecret, then the pods that name its key, then Authentik. Each looks at what is there and relies on no result.
 */
export function removalCompensationsOf(installation: InstallationSummary, job: Job): readonly Compensation[] {
  const options = compensation(installation.timings);
  const undo = proxyActivities<Activities>(options);
  const as = (summary: string) => ({ ...options, summary: `undo: ${summary}` });
  const { names, client } = job;
  const again = `Start deregisterClient with {"client":"${client}"} to finish change ${job.changeId}, or with {"client":"${client}","takeBack":true} to put the rest back.`;
  const branch: Compensation = {
    step: 'cleanUp',
    what: `branch ${job.branch}`,
    // The branch is the record of a change that is not wholly undone: the next run of the client finds it there.
    after: ['removeApplication', TAKE_FROM_STEP, 'takeOutBlueprint', 'takeOutExternalSecret', 'landChange'],
    remedy: `${again} Or delete it: git push origin --delete ${job.branch}`,
    run: () => undo.deleteRunBranch.executeWithOptions(as(`delete ${job.branch}`), [job]),
  };
  const consumers: Compensation = {
    step: TAKE_FROM_STEP,
    what: `the ExternalSecrets of the consumers of ${client}`,
    after: job.land === 'first' ? ['landChange'] : [],
    remedy: `${again} Or sync them from the target branch by hand.`,
    run: () => undo.undoTakeFromConsumers.executeWithOptions(as('bring the secret to the consumers again'), [job]),
  };
  const rest: readonly Compensation[] = [
    ...(delivers(job) ? [consumers] : []),
    {
      step: 'removeApplication',
      what: `what blueprint ${names.blueprintPath} made in Authentik`,
      after: ['takeOutBlueprint'],
      remedy: `${again} Or apply the blueprint in the admin interface once it is mounted.`,
      run: () => undo.undoRemoveApplication.executeWithOptions(as(`make ${names.slug} again`), [job]),
    },
    {
      step: 'takeOutBlueprint',
      what: `blueprint ${names.blueprintPath} and ${names.secretFile ?? `variable ${names.envVar}`} in the cluster`,
      after: ['takeOutExternalSecret'],
      remedy: `${again} Or sync ConfigMap and Deployment from the target branch by hand.`,
      run: () => undo.undoTakeOutBlueprint.executeWithOptions(as(`put ${names.blueprintPath} back`), [job]),
    },
    {
      step: 'takeOutExternalSecret',
      what: `the ExternalSecret's entry ${names.secretKey}`,
      after: job.land === 'first' ? ['landChange'] : [],
      remedy: `${again} Or sync the ExternalSecret from the target branch by hand.`,
      run: () => undo.undoTakeOutExternalSecret.executeWithOptions(as(`put ${names.secretKey} back`), [job]),
    },
  ];
  if (job.land === 'last') return [branch, ...rest];
  const revert: Compensation = {
    step: 'landChange',
    what: 'the registration on the target branch',
    after: [],
    remedy: `${again} Or revert the commit that carries Registrar-Change: ${job.changeId}.`,
    run: () => undo.revertChange.executeWithOptions(as('one reverting change'), [job]),
  };
  return [branch, ...rest, revert];
}
