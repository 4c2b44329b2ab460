import { compareState } from '../../core/authentik/wantedState.ts';
import type { Job } from '../../core/run/job.ts';
import { notDelivered, placesOf } from '../deploy/consumers/place.ts';
import type { Deps } from '../deps.ts';
import { readFound } from '../state/authentikState.ts';
import { liveEntries } from '../state/ourResources.ts';
import type { ExistingObjects } from './authentik.ts';

/** Whether files, vault, clusters and Authentik are as asked, so that there is nothing to do. */
export async function isAsAsked(deps: Deps, job: Job, occupied: ExistingObjects): Promise<boolean> {
  const { instance } = occupied;
  if (!job.before.vaultField || job.edits.some((edit) => edit.kind !== 'alreadyThere')) return false;
  if (instance?.status !== 'successful' || !instance.enabled || instance.lastAppliedHash !== job.blueprint.hash)
    return false;
  const live = await liveEntries(deps, job);
  if (!live.externalSecret || !live.deployment || !live.configMap) return false;
  for (const place of placesOf(deps, job)) if ((await notDelivered(deps, place)) !== undefined) return false;
  return compareState(job.wanted, await readFound(deps, job)).length === 0;
}
