import { fieldsOf, secretKeysOf } from '../../core/names/delivered.ts';
import { confirmationsOf, extraStepsOf, writtenBy } from '../../core/run/extraSteps.ts';
import type { Job } from '../../core/run/job.ts';
import { mayRemain } from '../../core/run/madeObjects.ts';
import type { Leftover, MadeField } from '../../core/run/reports.ts';
import type { RotationConsumer } from '../../core/run/rotation.ts';
import { CONFIRM_STEP, DELIVER_STEP, type ExtraStep } from '../../core/run/steps.ts';
import { compensation, request, vaultCompensation } from '../kit/activityOptions.ts';
import type { ClientRun } from '../kit/clientRun.ts';
import { withLanding } from '../kit/compensations.ts';
import type { Compensation } from '../kit/saga.ts';

/** What the compensations ask for when they are run: it comes about after they are registered. */
interface SoFar {
  readonly made: () => MadeField;
  /** Consumers that a person was asked to update. */
  readonly offered: () => readonly RotationConsumer[];
}

/**
 * The compensations of a job, in the order of its steps. Each looks by change id at what is there: none relies on
 * its step's result, for a step that was cancelled or ran out of time may have done its work.
 */
export function compensationsOf(run: ClientRun, job: Job, { made, offered }: SoFar): readonly Compensation[] {
  const { names, client } = job;
  const again = `Run client ${client} again: it continues change ${job.changeId}.`;
  const only = (step: ExtraStep, row: Compensation) => (extraStepsOf(job).includes(step) ? [row] : []);
  return withLanding(run, job, { again, landed: 'the change on the target branch' }, (landing) => [
    ...secretRows(run, job, again, made),
    {
      step: 'syncBlueprint',
      what: `blueprint ${names.blueprintPath} and what it made in Authentik`,
      after: landing,
      remedy: `${again} Or deploy ConfigMap and Deployment from the target branch by hand.`,
      run: () => run.undo('undoSyncBlueprint', compensation, `take ${names.blueprintPath} out`, job),
      list: (why) => run.undo('leftInAuthentik', request, 'what is left in Authentik', job, why),
      listUnseen: (why) => mayRemain(job, why),
    },
    ...only(DELIVER_STEP, {
      step: DELIVER_STEP,
      what: `the ExternalSecrets of the consumers of ${client}`,
      after: landing,
      remedy: `${again} Or deploy them from the target branch by hand, with prune.`,
      run: () => run.undo('undoDeliverToConsumers', compensation, 'take the ExternalSecrets of consumers away', job),
    }),
    ...only(CONFIRM_STEP, {
      step: CONFIRM_STEP,
      what: `what a person was asked to run for ${client}`,
      after: [],
      remedy: 'Run the playbook again from the target branch.',
      run: async () => {
        const asked = job.continued ? confirmationsOf(job) : offered();
        return { undone: [], kept: asked.map((target) => leftOnHost(job, target)), blocks: false };
      },
    }),
  ]);
}

/** How the steps of {@link SECRET_STEPS} are taken back. */
function secretRows(run: ClientRun, job: Job, again: string, made: SoFar['made']): readonly Compensation[] {
  const { names } = job;
  const fields = fieldsOf(names);
  return [
    {
      step: 'generateSecret',
      what: `the pending vault field of ${fields}`,
      after: ['storeSecret'],
      remedy: `${again} Or remove the field from the vault by hand once nothing names it.`,
      run: () => run.undo('undoGenerateSecret', vaultCompensation, `remove the pending ${names.vaultField}`, job),
    },
    {
      step: 'storeSecret',
      what: `vault field ${fields}`,
      // One missing key stops the refresh of an ExternalSecret.
      after: ['patchExternalSecret', DELIVER_STEP],
      remedy: `${again} Or remove the field by hand once no ExternalSecret names it.`,
      run: () => run.undo('undoStoreSecret', vaultCompensation, `relabel ${names.vaultField}`, job, made()),
    },
    {
      step: 'patchExternalSecret',
      what: `the ExternalSecret's entry ${secretKeysOf(names)}`,
      after: ['syncBlueprint'],
      remedy: `${again} Or deploy the ExternalSecret from the target branch by hand.`,
      run: () => run.undo('undoPatchExternalSecret', compensation, `take ${secretKeysOf(names)} out`, job),
    },
  ];
}

/** The job reaches no host, and cannot tell whether the person had come to it. */
function leftOnHost(job: Job, target: RotationConsumer): Leftover {
  return {
    what: writtenBy(job, target),
    why: `a person was asked to run the playbook of ${target.name}, and its secret is taken back.`,
    remedy: 'Delete the file, unless the playbook was not run; the service does not need it.',
  };
}
