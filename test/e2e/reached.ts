import type { WorkflowHandle } from '@temporalio/client';
import type { ProgressView } from '../../core/run/progress.ts';

/** The last step that a run has begun, apart from its tidying up: that in which it failed. What was asked before the turn is none. */
export async function reachedBy(handle: WorkflowHandle): Promise<string | undefined> {
  const { steps } = await handle.query<ProgressView>('progress');
  const begun = steps.filter(({ state, startedAt }) => startedAt !== undefined && state !== 'pending');
  return begun.findLast(({ name }) => name !== 'cleanUp')?.name;
}
