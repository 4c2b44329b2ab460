import { ActivityFailure, CancellationScope, patched, sleep, TimeoutFailure } from '@temporalio/workflow';
import { REQUEST_MS } from '../../core/base/attemptOver.ts';

/**
 * Waits, after a step that ended without an answer, until no request of it can be under way any more: it may have sent
 * one just before Temporal gave it up, and sends none after that. An undo that looked earlier would leave what it did.
 */
export async function outlastLateWrites(error: unknown): Promise<void> {
  const silent = error instanceof ActivityFailure && error.cause instanceof TimeoutFailure;
  if (!silent || !patched('late-writes-end')) return;
  await CancellationScope.nonCancellable(() => sleep(REQUEST_MS));
}
