import { RegistrarError } from '../../core/base/errors.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { StableFor, patienceMs } from '../kit/patience.ts';
import { waitUntil } from '../kit/wait.ts';
import { liveRollout, rolloutUnderWay } from '../state/ourResources.ts';

/** In between the Deployment alone is read: only its pods tell why one does not start, and that waits so long. */
const WHOLE_LOOK_EVERY = 5;

/** New pods only: the environment of an old one was frozen without the variable. Throws `Failed` on what no waiting mends. */
export async function waitForRollout(deps: Deps, job: Job): Promise<void> {
  const { deployment, namespace } = deps.installation.authentik;
  const remedy = `See kubectl -n ${namespace} rollout status deployment ${deployment.name}.`;
  const failing = new StableFor();
  let looks = 0;
  await waitUntil('Kubernetes', remedy, deps.installation.timings.pollMs, async () => {
    const underWay = looks % WHOLE_LOOK_EVERY === 0 ? undefined : await rolloutUnderWay(deps);
    looks += 1;
    if (underWay !== undefined) return { waiting: underWay };
    const rollout = await liveRollout(deps);
    if (failing.lasts(rollout.failure, patienceMs(deps, job.land))) {
      throw new RegistrarError({
        system: 'Kubernetes',
        kind: 'Failed',
        message: `the roll-out of Deployment ${deployment.name} for ${job.client} failed: ${rollout.failure}`,
        remedy,
      });
    }
    return rollout.complete ? { done: undefined } : { waiting: rollout.failure ?? rollout.summary };
  });
}
