import type { WorkflowHandle } from '@temporalio/client';
import { asTyped } from '../asTyped.ts';
import { whoPolls } from '../runs.ts';
import { taskFailure } from '../taskFailure.ts';

/** After so long without an answer, the likeliest reason is that nobody works. */
export const PATIENCE_MS = 20_000;

/** Waits for the end of a run, and says once on standard error what may be the matter. */
export async function hintWhileWaiting<T>(handle: WorkflowHandle): Promise<T> {
  const timer = setTimeout(() => void sayNoAnswer(handle), PATIENCE_MS);
  try {
    return (await handle.result()) as T;
  } finally {
    clearTimeout(timer);
  }
}

/** Never throws: a hint has no failure of its own. */
export async function sayNoAnswer(handle: WorkflowHandle): Promise<void> {
  const why = await taskFailure(handle).catch(() => undefined);
  const hint = why === undefined ? nobody() : `No worker can go on with ${handle.workflowId} now: ${asTyped(why)}`;
  process.stderr.write(`${hint}\n`);
}

function nobody(): string {
  return `No answer yet. Is a worker there? ${whoPolls()}`;
}
