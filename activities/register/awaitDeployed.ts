import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { DELIVER_STEP } from '../../core/run/steps.ts';
import { TAKE_FROM_STEP } from '../../core/run/deregistration.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import type { StepReport } from '../../core/run/reports.ts';
import { formerLiveConsumersOf, liveConsumersOf } from '../consumers/live.ts';
import { notRestored } from '../deploy/repairDue.ts';
import { ownTargets } from '../deploy/target.ts';
import type { Deps } from '../deps.ts';
import { missingSecretEntry } from '../waits/ownSecret.ts';
import { freshTarget } from '../branch/runBranch.ts';
import { notLive, stillNames } from '../state/ourResources.ts';

/** The steps that wait for what has landed to be deployed. */
export type DeployStep =
  | 'patchExternalSecret'
  | 'syncBlueprint'
  | typeof DELIVER_STEP
  | 'takeOutBlueprint'
  | 'takeOutExternalSecret'
  | typeof TAKE_FROM_STEP;

const BLUEPRINT: readonly OurResource[] = ['configMap', 'deployment'];

/**
 * `deployBy: external`: one short look whether somebody has deployed what a step needs. The workflow repeats it for hours or days.
 * Throws a retryable `NotYet` that names what is not live.
 */
export async function awaitDeployed(deps: Deps, job: Job, step: DeployStep): Promise<StepReport> {
  const missing = await notDeployed(deps, job, step);
  if (missing === undefined) return {};
  throw new RegistrarError({
    system: 'Kubernetes',
    kind: 'NotYet',
    message: `${missing}: whoever deploys ${deps.installation.gitops.branch} has not come to it`,
    remedy: 'See that the controller works, or deploy it by hand; the signal recheck makes the run look at once.',
  });
}

async function notDeployed(deps: Deps, job: Job, step: DeployStep): Promise<string | undefined> {
  switch (step) {
    case 'patchExternalSecret':
      return (await missingSecretEntry(deps, job)) ?? (await notRepaired(deps, job, ['externalSecret']));
    case 'syncBlueprint':
      return (await notLive(deps, job, BLUEPRINT)) ?? (await notRepaired(deps, job, BLUEPRINT));
    case DELIVER_STEP: {
      for (const consumer of liveConsumersOf(deps, job)) {
        const missing = await consumer.missing();
        if (missing !== undefined) return missing;
      }
      for (const consumer of formerLiveConsumersOf(deps, job)) {
        const still = await consumer.lingering();
        if (still !== undefined) return still;
      }
      return undefined;
    }
    case TAKE_FROM_STEP: {
      for (const consumer of liveConsumersOf(deps, job)) {
        const still = await consumer.lingering();
        if (changedBy(job, consumer.entry) && still !== undefined) return still;
      }
      return undefined;
    }
    case 'takeOutBlueprint':
      return stillNames(deps, job, BLUEPRINT);
    case 'takeOutExternalSecret':
      return stillNames(deps, job, ['externalSecret']);
  }
}

/** An entry that goes by our name, but that somebody changed live. */
async function notRepaired(deps: Deps, job: Job, resources: readonly OurResource[]): Promise<string | undefined> {
  if (job.repair === undefined) return undefined;
  return notRestored(deps, { job, targets: ownTargets(deps, resources), commit: await freshTarget(deps) });
}
