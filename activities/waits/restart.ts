import { deliveryOf } from '../../core/kubernetes/delivery.ts';
import { deliveredOf } from '../../core/names/delivered.ts';
import type { Job } from '../../core/run/job.ts';
import type { RotationJob } from '../../core/run/rotation.ts';
import type { RolloutState } from '../../integrations/kubernetes/deployments.ts';
import type { Deps } from '../deps.ts';
import { runMark } from '../kit/runMark.ts';
import { throwIfCancelled } from '../kit/wait.ts';
import { isEarlier } from '../kit/timestamps.ts';
import { deploymentRef, glanceAtExternalSecret, liveRollout } from '../state/ourResources.ts';
import { waitForRollout } from './rollout.ts';
import { waitForValue } from './ownSecret.ts';

/** Brings the value that is in service to the Secret, and into the environment of every worker, which is frozen at a pod's start. */
export async function deliver(deps: Deps, job: RotationJob, purpose: 'set' | 'restore'): Promise<void> {
  await waitForValue(deps, job, { forceNow: true });
  // The kubelet brings files to the pods that are there; which of them have it, only an apply tells.
  if (!deliveryOf(job.names).frozen) return;
  await makeNewPods(deps, job, restartToken(job, purpose));
}

/**
 * Restarts the workers and waits for their new pods. A restart with a token that is there already is no new roll-out: a retry goes on
 * where it was. A run that goes on with the change of another one has made another secret since, and makes pods of its own.
 */
export async function makeNewPods(deps: Deps, job: Job, token: string): Promise<RolloutState> {
  throwIfCancelled();
  await deps.deployments.restart(deploymentRef(deps), `${token}-${runMark()}`);
  return waitForRollout(deps, job);
}

/**
 * Makes new pods where they alone bring the worker a variable, and says whether it did: those that all started after the Secret was
 * last written, as Reloader makes them, have it.
 */
export async function bringVariable(deps: Deps, job: Job): Promise<boolean> {
  const keys = deliveredOf(job.names).map(({ secretKey }) => secretKey);
  return newPodsSince(deps, job, { keys, token: job.changeId });
}

/**
 * Makes new pods unless all that are there started after the Secret was last written, by whatever key: others may hold a value that
 * was taken out since. Says whether it did.
 */
export async function forgetVariable(deps: Deps, job: Job): Promise<boolean> {
  return newPodsSince(deps, job, { keys: [undefined], token: `${job.changeId}-before` });
}

async function newPodsSince(
  deps: Deps,
  job: Job,
  { keys, token }: { readonly keys: readonly (string | undefined)[]; readonly token: string },
): Promise<boolean> {
  await waitForRollout(deps, job);
  const { targetSecret } = await glanceAtExternalSecret(deps);
  const { namespace } = deps.installation.authentik;
  const written = await Promise.all(
    keys.map((key) => deps.externalSecrets.secretWrittenAt(namespace, targetSecret, key)),
  );
  const { currentPods, startedAt } = await liveRollout(deps);
  const isOlder = (pod: string): boolean => written.some((time) => !isEarlier(time ?? '', startedAt[pod] ?? ''));
  if (currentPods.length > 0 && !currentPods.some((pod) => isOlder(pod))) return false;
  await makeNewPods(deps, job, token);
  return true;
}

/** What the pod template's annotation says of a roll-out that this change asked for. */
export function restartToken(job: Pick<RotationJob, 'changeId'>, purpose: 'set' | 'restore'): string {
  return `${job.changeId}-${purpose}`;
}
