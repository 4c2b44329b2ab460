import { patched, workflowInfo } from '@temporalio/workflow';
import type { Patch } from '../../core/run/patches.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';

/**
 * Whether the run goes the way that came with this patch. A run was told where it began, and writes nothing; one of before that has a
 * marker in its history, or gets it here. One that was told may have been taken further by a worker that wrote a marker all the same:
 * a replay must ask for it.
 */
export function hasPatch({ patches }: Pick<InstallationSummary, 'patches'>, patch: Patch): boolean {
  if (patches === undefined) return patched(patch);
  if (!patches.includes(patch)) return false;
  isMarked(patch);
  return true;
}

/** Whether the history has a marker of this name where the run is; unlike Temporal's `patched` this writes none where there is no history. */
export function isMarked(name: string): boolean {
  return workflowInfo().unsafe.isReplaying && patched(name);
}
