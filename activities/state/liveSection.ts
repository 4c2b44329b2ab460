import type { Job } from '../../core/run/job.ts';
import { isOfOthersToo, makesClient, saysAsPlanned } from '../../core/run/sectionOfJob.ts';
import type { Deps } from '../deps.ts';
import { hashOf } from './blueprintOf.ts';
import { liveBlueprints, objectRef } from './ourResources.ts';

/**
 * The hash that Authentik tells of the text that is awaited: of the job's, or, where others have changed their part of the section
 * since, of the one that is live.
 */
export async function awaitedHash(deps: Deps, job: Pick<Job, 'names' | 'blueprint'>): Promise<string> {
  const { section } = deps.installation.authentik.blueprints;
  // A section that clients join may have been of none when the job was planned.
  const joins = section !== undefined && job.names.blueprintKey === section;
  if (!joins && !isOfOthersToo(job)) return job.blueprint.hash;
  const live = (await liveBlueprints(deps))[job.names.blueprintKey];
  return live !== undefined && saysAsPlanned(live, job) ? hashOf(live) : job.blueprint.hash;
}

/** The hash of the section that stays live without this client; undefined where nothing of it stays. */
export async function hashWithout(deps: Deps, { names }: Pick<Job, 'names'>): Promise<string | undefined> {
  const object = (await deps.cluster.get(objectRef(deps, 'configMap'))) as
    | { data?: Record<string, string> }
    | undefined;
  const live = object?.data?.[names.blueprintKey];
  return live === undefined || makesClient(live, names) ? undefined : hashOf(live);
}
