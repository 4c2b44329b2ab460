import { enumerated } from '../../core/base/words.ts';
import { deliveryOf } from '../../core/kubernetes/delivery.ts';
import { deliveredOf, secretKeysOf } from '../../core/names/delivered.ts';
import { eitherWay } from '../../core/run/commands.ts';
import { TAKE_FROM_STEP } from '../../core/run/deregistration.ts';
import { delivers } from '../../core/run/extraSteps.ts';
import type { Job } from '../../core/run/job.ts';
import { compensation } from '../kit/activityOptions.ts';
import type { ClientRun } from '../kit/clientRun.ts';
import { withLanding } from '../kit/compensations.ts';
import type { Compensation } from '../kit/saga.ts';

/**
 * How to put back what a deregistration takes out, in the order of its steps; undone in the other one: Git, then the
 * ExternalSecret, then the pods that name its key, then Authentik. Each looks at what is there and relies on no result.
 */
export function removalCompensationsOf(run: ClientRun, job: Job): readonly Compensation[] {
  const { names, client } = job;
  const again = eitherWay('deregister', client);
  const sources = deliveredOf(names).map((value) => deliveryOf(value).label);
  return withLanding(run, job, { again, landed: 'the registration on the target branch' }, (landing) => {
    const consumers: Compensation = {
      step: TAKE_FROM_STEP,
      what: `the ExternalSecrets of the consumers of ${client}`,
      after: landing,
      remedy: `${again} Or deploy them from the target branch by hand.`,
      run: () => run.undo('undoTakeFromConsumers', compensation, 'bring the secret to the consumers again', job),
    };
    const entry: Compensation = {
      step: 'takeOutExternalSecret',
      what: `the ExternalSecret's entry ${secretKeysOf(names)}`,
      after: landing,
      remedy: `${again} Or deploy the ExternalSecret from the target branch by hand.`,
      run: () => run.undo('undoTakeOutExternalSecret', compensation, `put ${secretKeysOf(names)} back`, job),
    };
    return [
      ...(delivers(job) ? [consumers] : []),
      {
        step: 'removeApplication',
        what: `what blueprint ${names.blueprintPath} made in Authentik`,
        after: ['takeOutBlueprint'],
        remedy: `${again} Or apply the blueprint in the admin interface once it is mounted.`,
        run: () => run.undo('undoRemoveApplication', compensation, `make ${names.slug} again`, job),
      },
      {
        step: 'takeOutBlueprint',
        what: `${enumerated([`blueprint ${names.blueprintPath}`, ...sources])} in the cluster`,
        after: ['takeOutExternalSecret'],
        remedy: `${again} Or deploy ConfigMap and Deployment from the target branch by hand.`,
        run: () => run.undo('undoTakeOutBlueprint', compensation, `put ${names.blueprintPath} back`, job),
      },
      entry,
    ];
  });
}
