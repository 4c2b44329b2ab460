import { RegistrarError } from '../../core/base/errors.ts';
import type { Job } from '../../core/run/job.ts';
import type { RolloutState } from '../../integrations/kubernetes/deployments.ts';
import type { Deps } from '../deps.ts';
import { Spaced, StableFor, patienceMs } from '../kit/patience.ts';
import { waitUntil } from '../kit/wait.ts';
import { glanceAtRollout, liveRollout } from '../state/ourResources.ts';

/** New pods only: the environment of an old one was frozen without the variable. Throws `Failed` on what no waiting mends. */
export async function waitForRollout(deps: Deps, job: Job): Promise<RolloutState> {
  const { deployment, namespace } = deps.installation.authentik;
  const remedy = `See kubectl -n ${namespace} rollout status deployment ${deployment.name}.`;
  const failing = new StableFor();
  // Only its pods tell why one does not start, and that waits so long.
  const wholeLook = new Spaced(deps);
  return waitUntil('Kubernetes', remedy, deps.installation.timings.pollMs, async () => {
    const rollout = await (wholeLook.isDue() ? liveRollout(deps) : glanceAtRollout(deps));
    if ('underWay' in rollout) return { waiting: rollout.underWay };
    if (failing.lasts(rollout.failure, patienceMs(deps, job.land))) {
      throw new RegistrarError({
        system: 'Kubernetes',
        kind: 'Failed',
        message: `the roll-out of Deployment ${deployment.name} for ${job.client} failed: ${rollout.failure}`,
        remedy,
      });
    }
    return rollout.complete ? { done: rollout } : { waiting: rollout.failure ?? rollout.summary };
  });
}
