import { directionOf } from '../../core/run/direction.ts';
import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Job } from '../../core/run/job.ts';
import { orderOf } from '../branch/landing/order.ts';
import { deployerOf } from './deployerOf.ts';
import type { Deps } from '../deps.ts';
import { changeIsLive, describe } from '../state/ourResources.ts';

/**
 * Under `land: last` what we deployed is not on the target branch yet: a person's full sync takes it away. Throws
 * `Refused` with what is known of who did.
 */
export async function assertStillLive(deps: Deps, job: Job, resources: readonly OurResource[]): Promise<void> {
  if (!orderOf(job).ahead) return;
  for (const resource of resources) {
    if (!(await changeIsLive(deps, job, resource))) throw await overwritten(deps, job, resource);
  }
}

/** Of a change that has been merged, the entries that are not live, for people. */
export async function entriesNotLive(deps: Deps, job: Job): Promise<readonly string[]> {
  const live = await Promise.all(RESOURCES.map((resource) => changeIsLive(deps, job, resource)));
  return RESOURCES.filter((_, i) => live[i] !== true).map(
    (resource) => `merged, but a sync had taken it back in ${describe(deps, resource)}: sync it from the target branch`,
  );
}

export const RESOURCES: readonly OurResource[] = ['configMap', 'deployment', 'externalSecret'];

async function overwritten(deps: Deps, job: Job, resource: OurResource): Promise<RegistrarError> {
  const { system, by, remedy } = await deployerOf(deps).overwriter(deps, job);
  return new RegistrarError({
    system,
    kind: 'Refused',
    message: `${describe(deps, resource)} ${directionOf(job).brings ? 'no longer' : 'again'} holds the entry of ${job.client}: ${by}`,
    remedy,
  });
}
