import { RegistrarError } from '../../core/base/errors.ts';
import type { FileRemoval } from '../../core/changes/fileChanges.ts';
import { entryName } from '../../core/changes/entry.ts';
import { directionOf } from '../../core/run/direction.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { planStanding } from './plans.ts';

/** How much of what this change makes of the files stands at a commit: entries as we wrote them, or gone for a removal. */
export async function contentAt(deps: Deps, job: Job, commit: string): Promise<'all' | 'some' | 'none'> {
  const standing = withoutRecord(await planStanding(deps, job, commit));
  assertReadable(standing);
  const [made, unmade] = directionOf(job).brings ? ['changed', 'alreadyGone'] : ['alreadyGone', 'changed'];
  if (standing.every(({ kind }) => kind === made)) return 'all';
  return standing.every(({ kind }) => kind === unmade) ? 'none' : 'some';
}

/** The record makes nothing work, so people who left it out have merged the change all the same. Alone it is all there is. */
function withoutRecord(removals: readonly FileRemoval[]): readonly FileRemoval[] {
  const others = removals.filter(({ entry }) => entry !== entryName('record'));
  return others.length === 0 ? removals : others;
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
