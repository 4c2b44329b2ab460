import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { describe, RESOURCES } from '../state/ourResources.ts';
import { drifted } from './drift.ts';
import { notAllowed } from './untouched.ts';

/** Where live objects differ from the target branch at the run's base, for people; `then` says what becomes of it. */
export async function warningsOfDrift(deps: Deps, job: Job, then: string): Promise<readonly string[]> {
  const warnings: string[] = [];
  for (const resource of RESOURCES) {
    const repaired = job.repair === undefined ? undefined : job.names;
    const paths = notAllowed(deps, resource, await drifted(deps, job.base, resource, repaired));
    if (paths.length === 0) continue;
    warnings.push(`${describe(deps, resource)} differs from the target branch at ${paths.join(', ')}; ${then}`);
  }
  return warnings;
}
