import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { findLanded } from './landed.ts';
import { stillChanged, type ResourceName } from '../state/ourResources.ts';

/** Where people revert, they need leave no trace of the change on the target: then the cluster tells that it was there. */
export async function wasThere(deps: Deps, job: Job, ours: readonly ResourceName[]): Promise<boolean> {
  if ((await findLanded(deps, job)) !== undefined) return true;
  return job.landBy === 'pullRequest' && (await stillChanged(deps, job, ours)) !== undefined;
}
