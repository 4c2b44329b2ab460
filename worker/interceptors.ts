import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { mayHaveWritten } from '../activities/attempt.ts';
import { beginAttempt } from '../activities/attemptTime.ts';
import { AttemptOver } from '../core/attemptOver.ts';
import { RegistrarError } from '../core/errors.ts';
import { waitableMs } from '../core/retryAfter.ts';

/**
 * The border between an activity and the history: every error becomes one of ours, with system, kind and remedy. What is not
 * ours may hold a request, and with it a token or a secret, so only its name and a masked message pass.
 */
export class ErrorBoundary implements ActivityInboundCallsInterceptor {
  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      return await next(input);
    } catch (error) {
      const failure = toFailure(error);
      throw failure instanceof ApplicationFailure ? asOfAllTries(failure) : failure;
    }
  }
}

/** With what only all tries of the activity together tell: that none of them has set out to change anything. */
function asOfAllTries({ message, type, nonRetryable, details, nextRetryDelay, category }: ApplicationFailure) {
  const [first, ...rest] = details ?? [];
  return ApplicationFailure.create({
    message,
    ...(type == null ? {} : { type }),
    nonRetryable: nonRetryable === true,
    details: [mayHaveWritten() ? first : { ...(first as object), untouched: true }, ...rest],
    ...(nextRetryDelay == null ? {} : { nextRetryDelay }),
    ...(category == null ? {} : { category }),
  });
}

/** Notes when an attempt begins: its writes must end in time. */
export class AttemptClock implements ActivityInboundCallsInterceptor {
  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    beginAttempt();
    return next(input);
  }
}

/** The Temporal failure for an error. Cancellation passes as it is. */
export function toFailure(error: unknown): Error {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  if (error instanceof Error && error.name === 'AbortError') return new CancelledFailure('the activity was cancelled');
  if (error instanceof AttemptOver && error.cancelled) return new CancelledFailure(error.message);
  if (DISK.has(codeOf(error))) return toFailure(diskError(codeOf(error)));
  if (error instanceof RegistrarError) {
    const nextRetryDelay = waitableMs(error.retryAfterMs ?? 0);
    return ApplicationFailure.create({
      type: error.kind,
      message: `${error.system}: ${error.message}`,
      nonRetryable: !error.retryable,
      details: [
        { system: error.system, remedy: error.remedy, ...(error.status === undefined ? {} : { status: error.status }) },
      ],
      // A state that has not come yet is no alarm.
      ...(error.kind === 'NotYet' ? { category: ApplicationFailureCategory.BENIGN } : {}),
      ...(nextRetryDelay === undefined ? {} : { nextRetryDelay }),
    });
  }
  const name = error instanceof Error ? error.name : typeof error;
  const message = error instanceof Error ? error.message : '';
  return ApplicationFailure.create({
    type: 'Unexpected',
    message: `oidc-registrar: unexpected ${name}: ${maskLongRuns(message)}`,
    details: [
      {
        system: 'oidc-registrar',
        remedy: 'See the worker log; this is a defect of oidc-registrar if the systems are well.',
      },
    ],
  });
}

/** A disk that is full, read-only, beyond its quota or failing: somebody mends that, and the step goes on. */
const DISK: ReadonlySet<string> = new Set(['ENOSPC', 'EROFS', 'EDQUOT', 'EIO']);

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown } | null | undefined)?.code ?? '');
}

function diskError(code: string): RegistrarError {
  return new RegistrarError({
    system: 'oidc-registrar',
    kind: 'Unavailable',
    message: `the worker cannot write to its disk (${code})`,
    remedy: "Make room where REGISTRAR_CACHE_DIR and the worker's temporary folder are.",
  });
}

/** A token or a client secret is a long run of letters and digits; words and paths are not. */
export function maskLongRuns(text: string): string {
  return text.replaceAll(/[A-Za-z0-9+=_-]{16,}/g, '[masked]');
}
