import { ActivityFailure, CancellationScope, sleep, TimeoutFailure } from '@temporalio/workflow';
import { REQUEST_MS } from '../../core/base/attemptOver.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import { hasPatch } from './patches.ts';

/**
 * Waits, after a step that ended without an answer, until no request of it can be under way any more: it may have sent
 * one just before Temporal gave it up, and sends none after that. An undo that looked earlier would leave what it did.
 */
export async function outlastLateWrites(installation: InstallationSummary, error: unknown): Promise<void> {
  const silent = error instanceof ActivityFailure && error.cause instanceof TimeoutFailure;
  if (!silent || !hasPatch(installation, 'late-writes-end')) return;
  await CancellationScope.nonCancellable(() => sleep(REQUEST_MS));
}
