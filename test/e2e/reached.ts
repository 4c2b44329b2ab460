import type { WorkflowHandle } from '@temporalio/client';
import type { ProgressView } from '../../core/run/progress.ts';

/** The last step that a run has begun, apart from its tidying up: that in which it failed. */
export async function reachedBy(handle: WorkflowHandle): Promise<string | undefined> {
  const { steps } = await handle.query<ProgressView>('progress');
  return steps.findLast(({ name, startedAt }) => startedAt !== undefined && name !== 'cleanUp')?.name;
}
