import { addedBy, type Job } from '../core/run.ts';
import type { Deps } from './deps.ts';
import { CHANGE_TRAILER, planRemovals, planStillThere, REVERT_STEP, STEP_TRAILER, targetHead } from './runBranch.ts';

export interface LandedChange {
  readonly commit: string;
  /** It has been taken back since. */
  readonly reverted: boolean;
  /** Every entry stands there as we wrote it. */
  readonly whole: boolean;
}

/** Our change on the target branch, if it is there. Fetches. */
export async function findLanded(deps: Deps, job: Job): Promise<LandedChange | undefined> {
  await deps.git.fetch();
  const head = await targetHead(deps);
  const ours = (await deps.git.log(job.base, head)).filter(
    (commit) => commit.trailers[CHANGE_TRAILER] === job.changeId,
  );
  const last = ours.findLast((commit) => commit.trailers[STEP_TRAILER] !== REVERT_STEP);
  const adds = job.edits.some((edit) => edit.kind !== 'alreadyThere');
  if (job.landBy === 'pullRequest' && adds) return landedByPeople(deps, job, head, last?.sha);
  if (last === undefined) return undefined;
  const reverted = ours.at(-1)?.trailers[STEP_TRAILER] === REVERT_STEP;
  return { commit: last.sha, reverted, whole: !reverted };
}

/**
 * People squash, rebase and rewrite messages, and revert the same way: neither a hash nor a trailer need survive, so the
 * content decides. Without a trailer the commit is the head at which the content was seen.
 */
async function landedByPeople(
  deps: Deps,
  job: Job,
  head: string,
  byTrailer: string | undefined,
): Promise<LandedChange | undefined> {
  const content = await contentAt(deps, job, head);
  if (content === 'none')
    return byTrailer === undefined ? undefined : { commit: byTrailer, reverted: true, whole: false };
  return { commit: byTrailer ?? head, reverted: false, whole: content === 'all' };
}

/** How much of what this change makes of the files stands at a commit: entries as we wrote them, or gone for a removal. */
export async function contentAt(deps: Deps, job: Job, commit: string): Promise<'all' | 'some' | 'none'> {
  if (job.removal !== undefined) {
    const there = await planStillThere(deps, job, commit);
    if (there.every((each) => each.kind === 'alreadyGone')) return 'all';
    return there.every((each) => each.kind === 'changed') ? 'none' : 'some';
  }
  const removals = await planRemovals(deps, job, commit);
  if (removals.every((removal) => removal.kind === 'changed')) return 'all';
  return removals.every((removal) => removal.kind === 'alreadyGone') ? 'none' : 'some';
}

/** Whether the target branch names the vault field: External Secrets then reads it, or will when that is deployed. */
export async function targetNamesField(deps: Deps, job: Job): Promise<boolean> {
  if (!addedBy(job, 'externalSecret')) return false;
  await deps.git.fetch();
  const removals = await planRemovals(deps, job, await targetHead(deps), 'externalSecret');
  return removals.some((removal) => removal.kind !== 'alreadyGone');
}
