import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/createActivities.ts';
import { confirmationsOf, extraStepsOf, writtenBy } from '../../core/run/extraSteps.ts';
import type { Job } from '../../core/run/job.ts';
import { mayRemain } from '../../core/run/madeObjects.ts';
import type { Leftover, MadeField } from '../../core/run/reports.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import type { RotationConsumer } from '../../core/run/rotation.ts';
import { CONFIRM_STEP, DELIVER_STEP } from '../../core/run/steps.ts';
import { compensation, request, vaultCompensation } from '../kit/activityOptions.ts';
import type { Compensation } from '../kit/saga.ts';

/**
 * The compensations of a job, in the order of its steps. Each looks by change id at what is there: none relies on
 * its step's result, for a step that was cancelled or ran out of time may have done its work.
 */
export function compensationsOf(
  installation: InstallationSummary,
  job: Job,
  made: () => MadeField,
  offered: () => readonly RotationConsumer[],
): readonly Compensation[] {
  const options = compensation(installation.timings);
  const undo = proxyActivities<Activities>(options);
  const as = (summary: string) => ({ ...options, summary: `undo: ${summary}` });
  const inVault = (summary: string) => ({ ...vaultCompensation(installation.timings), summary: `undo: ${summary}` });
  const { names, client } = job;
  const again = `Run client ${client} again: it continues change ${job.changeId}.`;
  const branch: Compensation = {
    step: 'cleanUp',
    what: `branch ${job.branch}`,
    // The branch is the record of a change that is not wholly undone: the next run of the client finds it there.
    after: ['generateSecret', 'storeSecret', 'patchExternalSecret', 'syncBlueprint', DELIVER_STEP, 'landChange'],
    remedy: `${again} Or delete it: git push origin --delete ${job.branch}`,
    run: () => undo.deleteRunBranch.executeWithOptions(as(`delete ${job.branch}`), [job]),
  };
  const deliver: Compensation = {
    step: DELIVER_STEP,
    what: `the ExternalSecrets of the consumers of ${client}`,
    after: job.land === 'first' ? ['landChange'] : [],
    remedy: `${again} Or sync them from the target branch by hand, with prune.`,
    run: () => undo.undoDeliverToConsumers.executeWithOptions(as('take the ExternalSecrets of consumers away'), [job]),
  };
  const extra = extraStepsOf(job);
  const confirm: Compensation = {
    step: CONFIRM_STEP,
    what: `what a person was asked to run for ${client}`,
    after: [],
    remedy: 'Run the playbook again from the target branch.',
    run: async () => {
      const asked = job.continued ? confirmationsOf(job) : offered();
      return { undone: [], kept: asked.map((target) => leftOnHost(job, target)), blocks: false };
    },
  };
  const rest: readonly Compensation[] = [
    {
      step: 'generateSecret',
      what: `the pending vault field of ${names.vaultField}`,
      after: ['storeSecret'],
      remedy: `${again} Or remove the field from the vault by hand once nothing names it.`,
      run: () => undo.undoGenerateSecret.executeWithOptions(inVault(`remove the pending ${names.vaultField}`), [job]),
    },
    {
      step: 'storeSecret',
      what: `vault field ${names.vaultField}`,
      // One missing key stops the refresh of an ExternalSecret.
      after: ['patchExternalSecret', DELIVER_STEP],
      remedy: `${again} Or remove the field by hand once no ExternalSecret names it.`,
      run: () => undo.undoStoreSecret.executeWithOptions(inVault(`relabel ${names.vaultField}`), [job, made()]),
    },
    {
      step: 'patchExternalSecret',
      what: `the ExternalSecret's entry ${names.secretKey}`,
      after: ['syncBlueprint'],
      remedy: `${again} Or sync the ExternalSecret from the target branch by hand.`,
      run: () => undo.undoPatchExternalSecret.executeWithOptions(as(`take ${names.secretKey} out`), [job]),
    },
    {
      step: 'syncBlueprint',
      what: `blueprint ${names.blueprintPath} and what it made in Authentik`,
      after: job.land === 'first' ? ['landChange'] : [],
      remedy: `${again} Or sync ConfigMap and Deployment from the target branch by hand.`,
      run: () => undo.undoSyncBlueprint.executeWithOptions(as(`take ${names.blueprintPath} out`), [job]),
      list: (why) => proxyActivities<Activities>(request(installation.timings)).leftInAuthentik(job, why),
      listUnseen: (why) => mayRemain(job, why),
    },
    ...(extra.includes(DELIVER_STEP) ? [deliver] : []),
    ...(extra.includes(CONFIRM_STEP) ? [confirm] : []),
  ];
  if (job.land === 'last') return [branch, ...rest];
  const revert: Compensation = {
    step: 'landChange',
    what: 'the change on the target branch',
    after: [],
    remedy: `${again} Or revert the commit that carries Registrar-Change: ${job.changeId}.`,
    run: () => undo.revertChange.executeWithOptions(as('one reverting change'), [job]),
  };
  return [branch, ...rest, revert];
}

/** The job reaches no host, and cannot tell whether the person had come to it. */
function leftOnHost(job: Job, target: RotationConsumer): Leftover {
  return {
    what: writtenBy(job, target),
    why: `a person was asked to run the playbook of ${target.name}, and its secret is taken back.`,
    remedy: 'Delete the file, unless the playbook was not run; the service does not need it.',
  };
}
