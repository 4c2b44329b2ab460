import { isAllowedDrift } from '../../core/kubernetes/jsonDrift.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { describe, objectRef, RESOURCES } from '../state/ourResources.ts';
import { drifted } from './drift.ts';

/** Where live objects differ from the target branch at the run's base, for people; `then` says what becomes of it. */
export async function warningsOfDrift(deps: Deps, job: Job, then: string): Promise<readonly string[]> {
  const warnings: string[] = [];
  for (const resource of RESOURCES) {
    const { kind, name } = objectRef(deps, resource);
    const allowed = deps.installation.allowedDrift.filter((entry) => entry.kind === kind && entry.name === name);
    const repaired = job.repair === undefined ? undefined : job.names;
    const paths = (await drifted(deps, job.base, resource, repaired)).filter((path) => !isAllowedDrift(path, allowed));
    if (paths.length === 0) continue;
    warnings.push(`${describe(deps, resource)} differs from the target branch at ${paths.join(', ')}; ${then}`);
  }
  return warnings;
}
