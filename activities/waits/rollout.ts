import { RegistrarError } from '../../core/base/errors.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { StableFor, patienceMs } from '../kit/patience.ts';
import { waitUntil } from '../kit/wait.ts';
import { liveRollout } from '../state/ourResources.ts';

/** New pods only: the environment of an old one was frozen without the variable. Throws `Failed` on what no waiting mends. */
export async function waitForRollout(deps: Deps, job: Job): Promise<void> {
  const { deployment, namespace } = deps.installation.authentik;
  const remedy = `See kubectl -n ${namespace} rollout status deployment ${deployment.name}.`;
  const failing = new StableFor();
  await waitUntil('Kubernetes', remedy, deps.installation.timings.pollMs, async () => {
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
