import { RegistrarError } from '../../core/base/errors.ts';
import { isExtraFile } from '../../core/changes/extraFiles.ts';
import type { FileRemoval } from '../../core/changes/fileChanges.ts';
import { RECORD_ENTRY } from '../../core/registration/record.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { CHANGE_TRAILER, planRemovals, planStillThere, REVERT_STEP, STEP_TRAILER, targetHead } from './runBranch.ts';

export interface LandedChange {
  readonly commit: string;
  /** It has been taken back since. */
  readonly reverted: boolean;
  /** Commit that has, where one of ours did. */
  readonly revert: string | undefined;
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
  const newest = ours.at(-1);
  const revert = newest?.trailers[STEP_TRAILER] === REVERT_STEP ? newest.sha : undefined;
  const adds = job.edits.some((edit) => edit.kind !== 'alreadyThere');
  if (job.landBy === 'pullRequest' && adds) return landedByPeople(deps, job, head, last?.sha, revert);
  if (last === undefined) return undefined;
  return { commit: last.sha, reverted: revert !== undefined, revert, whole: revert === undefined };
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
  revert: string | undefined,
): Promise<LandedChange | undefined> {
  const content = await contentAt(deps, job, head);
  if (content === 'none')
    return byTrailer === undefined ? undefined : { commit: byTrailer, reverted: true, revert, whole: false };
  return { commit: byTrailer ?? head, reverted: false, revert: undefined, whole: content === 'all' };
}

/** How much of what this change makes of the files stands at a commit: entries as we wrote them, or gone for a removal. */
export async function contentAt(deps: Deps, job: Job, commit: string): Promise<'all' | 'some' | 'none'> {
  if (job.removal !== undefined) {
    const there = withoutRecord(await planStillThere(deps, job, commit));
    assertReadable(there);
    if (there.every((each) => each.kind === 'alreadyGone')) return 'all';
    return there.every((each) => each.kind === 'changed') ? 'none' : 'some';
  }
  const all = withoutRecord(await planRemovals(deps, job, commit));
  assertReadable(all);
  // A release may have taken a changelog fragment up already.
  const removals = all.some((each) => !isExtraFile(each))
    ? all.filter((each) => !isExtraFile(each) || each.kind !== 'alreadyGone')
    : all;
  if (removals.every((removal) => removal.kind === 'changed')) return 'all';
  return removals.every((removal) => removal.kind === 'alreadyGone') ? 'none' : 'some';
}

/** The record makes nothing work, so people who left it out have merged the change all the same. Alone it is all there is. */
function withoutRecord(removals: readonly FileRemoval[]): readonly FileRemoval[] {
  const others = removals.filter(({ entry }) => entry !== RECORD_ENTRY);
  return others.length === 0 ? removals : others;
}

/** Whether the target branch names the vault field: External Secrets then reads it, or will when that is deployed. */
export async function targetNamesField(deps: Deps, job: Job): Promise<boolean> {
  await deps.git.fetch();
  const names = (entry: string): boolean =>
    entry === 'externalSecret' || (entry.startsWith('consumerSecret/') && changedBy(job, entry));
  const removals = await planRemovals(deps, job, await targetHead(deps), names);
  return removals.some((removal) => removal.kind !== 'alreadyGone');
}

/** A file that does not parse just now says nothing about our entry. Throws `NotYet`, which is repeated until it does. */
function assertReadable(removals: readonly FileRemoval[]): void {
  const unreadable = removals.find((removal) => removal.kind === 'kept' && removal.unreadable);
  if (unreadable === undefined) return;
  const { path, reason } = unreadable;
  throw new RegistrarError({
    system: 'Git',
    kind: 'NotYet',
    message: `whether the change is on the target branch cannot be told from ${path}: ${reason}`,
    remedy: `Mend ${path} on the target branch.`,
  });
}
