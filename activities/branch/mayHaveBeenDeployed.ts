import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { findLanded } from './landed.ts';
import { mergerOf } from './landing/mergerOf.ts';
import { stillChanged } from '../state/ourResources.ts';

/** Where people revert, they need leave no trace of the change on the target: then the cluster tells that it was there. */
export async function mayHaveBeenDeployed(deps: Deps, job: Job, ours: readonly OurResource[]): Promise<boolean> {
  if ((await findLanded(deps, job)) !== undefined) return true;
  return mergerOf(job).people && (await stillChanged(deps, job, ours)) !== undefined;
}
