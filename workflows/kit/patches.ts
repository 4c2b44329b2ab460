import { patched, workflowInfo } from '@temporalio/workflow';
import type { Patch } from '../../core/run/patches.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';

/**
 * Whether the run goes the way that came with this patch. A run was told where it began, and writes nothing; one of before that has a
 * marker in its history, or gets it here.
 */
export function hasPatch({ patches }: Pick<InstallationSummary, 'patches'>, patch: Patch): boolean {
  return patches?.includes(patch) ?? patched(patch);
}

/** Whether the history has a marker of this name where the run is; unlike Temporal's `patched` this writes none where there is no history. */
export function isMarked(name: string): boolean {
  return workflowInfo().unsafe.isReplaying && patched(name);
}
