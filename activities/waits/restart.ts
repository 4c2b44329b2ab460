import { deliveryOf } from '../../core/kubernetes/delivery.ts';
import { Context } from '@temporalio/activity';
import type { RotationJob } from '../../core/run/rotation.ts';
import type { Deps } from '../deps.ts';
import { throwIfCancelled } from '../kit/wait.ts';
import { deploymentRef } from '../state/ourResources.ts';
import { waitForRollout } from './rollout.ts';
import { waitForValue } from './ownSecret.ts';

/** Brings the value that is in service to the Secret, and into the environment of every worker, which is frozen at a pod's start. */
export async function deliver(deps: Deps, job: RotationJob, purpose: 'set' | 'restore'): Promise<void> {
  await waitForValue(deps, job, { forceNow: true });
  // The kubelet brings files to the pods that are there; which of them have it, only an apply tells.
  if (!deliveryOf(job.names).frozen) return;
  const run = Context.current().info.workflowExecution?.runId.slice(0, 8) ?? '';
  throwIfCancelled();
  await deps.deployments.restart(deploymentRef(deps), `${restartToken(job, purpose)}-${run}`);
  await waitForRollout(deps, job);
}

/** What the pod template's annotation says of a roll-out that this change asked for. */
export function restartToken(job: Pick<RotationJob, 'changeId'>, purpose: 'set' | 'restore'): string {
  return `${job.changeId}-${purpose}`;
}
