import { entryOf } from '../../core/changes/entry.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import type { LandedChange } from './landing/merger.ts';
import { mergerOf } from './landing/mergerOf.ts';
import { planRemovals } from './plans.ts';
import { CHANGE_TRAILER, freshTarget, REVERT_STEP, STEP_TRAILER } from './runBranch.ts';

/** Our change on the target branch, if it is there. Fetches. */
export async function findLanded(deps: Deps, job: Job): Promise<LandedChange | undefined> {
  const head = await freshTarget(deps);
  const ours = (await deps.git.log(job.base, head)).filter(
    (commit) => commit.trailers[CHANGE_TRAILER] === job.changeId,
  );
  const change = ours.findLast((commit) => commit.trailers[STEP_TRAILER] !== REVERT_STEP)?.sha;
  const newest = ours.at(-1);
  const revert = newest?.trailers[STEP_TRAILER] === REVERT_STEP ? newest.sha : undefined;
  return mergerOf(job).landed(deps, job, { head, change, revert });
}

/** Whether the target branch names the vault field: External Secrets then reads it, or will when that is deployed. */
export async function targetNamesField(deps: Deps, job: Job): Promise<boolean> {
  const names = (name: string): boolean => {
    const entry = entryOf(name);
    if (entry.place !== 'consumerSecret' || entry.former === true) return entry.place === 'externalSecret';
    return changedBy(job, entry);
  };
  const removals = await planRemovals(deps, job, await freshTarget(deps), names);
  return removals.some((removal) => removal.kind !== 'alreadyGone');
}
