import { type FoundState, compareState } from '../../core/authentik/wantedState.ts';
import { deliveredOf } from '../../core/names/delivered.ts';
import { type Job, wasKept } from '../../core/run/job.ts';
import { liveConsumersOf } from '../consumers/live.ts';
import type { Deps } from '../deps.ts';
import { awaitedText } from '../state/liveSection.ts';
import { liveEntries } from '../state/ourResources.ts';
import { byInstance } from './authentik.ts';
import type { ExistingObjects } from './world.ts';

/** Whether files, vault, clusters and Authentik are as asked, so that there is nothing to do. */
export async function isAsAsked(deps: Deps, job: Job, occupied: ExistingObjects, state: FoundState): Promise<boolean> {
  if (!deliveredOf(job.names).every((value) => wasKept(job.before, value))) return false;
  if (job.edits.some((edit) => edit.kind !== 'alreadyThere')) return false;
  for (const { part, instance } of byInstance(job, occupied)) {
    if (instance?.status !== 'successful' || !instance.enabled) return false;
    const isOurs = await awaitedText(deps, part);
    if (!(await isOurs(instance.lastAppliedHash))) return false;
  }
  const live = await liveEntries(deps, job);
  if (!live.externalSecret || !live.deployment || !live.configMap) return false;
  for (const consumer of liveConsumersOf(deps, job)) if ((await consumer.missing()) !== undefined) return false;
  return compareState(job.wanted, state).length === 0;
}
