import { ActivityFailure, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import type { Kept } from '../../core/run.ts';
import { heading } from './style.ts';

interface FailureDetails {
  readonly cause?: { readonly type: string; readonly message: string; readonly remedy: string };
  readonly undone?: readonly string[];
  readonly kept?: readonly Kept[];
}

/** How a run failed: the cause, the remedy, what was taken back and what was not. */
export function failureText(error: unknown): string {
  const cause = error instanceof WorkflowFailedError ? error.cause : error;
  if (cause instanceof CancelledFailure) return 'The run was cancelled; everything is as it was.';
  if (cause instanceof ActivityFailure) return failureText(cause.cause);
  if (!(cause instanceof ApplicationFailure)) return cause instanceof Error ? cause.message : String(cause);
  const details = cause.details?.[0] as FailureDetails | undefined;
  if (details?.cause === undefined) return cause.message;
  const { cause: why, undone = [], kept = [] } = details;
  return [
    why.message,
    why.remedy,
    ...(undone.length > 0 ? [heading('Taken back'), ...undone.map((entry) => `  - ${entry}`)] : []),
    ...(kept.length > 0
      ? [heading('Left behind'), ...kept.map((entry) => `  - ${entry.what}: ${entry.why} ${entry.remedy}`)]
      : []),
  ].join('\n');
}
