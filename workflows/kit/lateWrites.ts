import { ActivityFailure, CancellationScope, patched, sleep, TimeoutFailure } from '@temporalio/workflow';
import { REQUEST_MS } from '../../core/base/attemptOver.ts';

/**
 * A step that ended without an answer may have sent a request just before Temporal gave it up, and sends none after that. The undo
 * looks once the request has ended too: what came later it would leave behind.
 */
export async function outlastLateWrites(error: unknown): Promise<void> {
  const silent = error instanceof ActivityFailure && error.cause instanceof TimeoutFailure;
  if (!silent || !patched('late-writes-end')) return;
  await CancellationScope.nonCancellable(() => sleep(REQUEST_MS));
}
