import { RegistrarError } from '../../core/base/errors.ts';
import { entryOf } from '../../core/changes/entry.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { contentAt } from './contentAt.ts';
import type { LandedChange } from './landing/merger.ts';
import { mergerOf } from './landing/mergerOf.ts';
import { planRemovals } from './plans.ts';
import { CHANGE_TRAILER, freshTarget, REVERT_STEP, STEP_TRAILER, targetHead } from './runBranch.ts';

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

/**
 * Whether the target branch holds any of the change, or has held it since the run began. People who merge it, and then its way back, under
 * messages of their own leave neither a trailer nor anything of it in the newest text: then every commit since is read. Fetches.
 */
export async function hasStoodOnTarget(deps: Deps, job: Job): Promise<boolean> {
  if ((await findLanded(deps, job)) !== undefined) return true;
  if (!mergerOf(job).people) return false;
  for (const { sha } of (await deps.git.log(job.base, await targetHead(deps))).toReversed())
    if (await holdsAny(deps, job, sha)) return true;
  return false;
}

/** A commit whose files do not parse tells nothing; the ones beside it do. */
async function holdsAny(deps: Deps, job: Job, commit: string): Promise<boolean> {
  try {
    return (await contentAt(deps, job, commit)) !== 'none';
  } catch (error) {
    if (error instanceof RegistrarError && error.kind === 'NotYet') return false;
    throw error;
  }
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
