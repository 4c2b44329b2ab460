import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { mayHaveWritten, noteForSure } from '../activities/kit/attempt.ts';
import { beginAttempt } from '../activities/kit/attemptTime.ts';
import { begunDeeds } from '../activities/kit/undoJournal.ts';
import { noted } from '../activities/kit/wait.ts';
import { AttemptOver } from '../core/base/attemptOver.ts';
import { cutText } from '../core/base/bytes.ts';
import { RegistrarError } from '../core/base/errors.ts';
import { masked } from '../core/masking/masked.ts';
import { waitableMs } from '../core/base/retryAfter.ts';
import { passingError } from './passingErrors.ts';

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
      if (!(failure instanceof ApplicationFailure)) throw failure;
      if (failure.type !== UNEXPECTED) throw asOfAllTries(failure);
      Context.current().log.error(failure.message, { at: framesOf(error) });
      throw asOfAllTries(await endingAfterTries(failure));
    }
  }
}

const UNEXPECTED = 'Unexpected';
/** What nobody knows is no state of a system that passes: a worker with a mended release may come between two tries, and no more is hoped for. */
const UNEXPECTED_TRIES = 3;

/**
 * The last of an activity's unexpected ends, told as such, is not tried again. They are counted and not the attempts: a wait for days
 * has had thousands of those. A count that the server does not take costs one try more.
 */
async function endingAfterTries(failure: ApplicationFailure): Promise<ApplicationFailure> {
  const tries = Number(noted()[UNEXPECTED] ?? 0) + 1;
  await noteForSure({ [UNEXPECTED]: tries }).catch(() => undefined);
  if (tries < UNEXPECTED_TRIES) return failure;
  const { message, type, details } = failure;
  return ApplicationFailure.create({
    message: `${message} (${tries} tries ended so)`,
    type: type ?? UNEXPECTED,
    nonRetryable: true,
    details: details ?? [],
  });
}

/** Where it was thrown, without what it says: that may quote a token. */
function framesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const { message, stack = '' } = error;
  const frames = stack.slice(stack.indexOf(message) + message.length).split('\n');
  return frames.filter((line) => /^ {4}at .*:\d+:\d+\)?$/.test(line)).map((line) => line.trim());
}

/** Characters of a failure: a run has several of them in its history, and what a system answers may be of any length. */
const LONGEST = 20_000;

/** With what only all tries of the activity together tell: what they set out to take away, or that none was about to change anything. */
function asOfAllTries({ message, type, nonRetryable, details, nextRetryDelay, category }: ApplicationFailure) {
  const [first, ...rest] = details ?? [];
  const undoing = begunDeeds();
  const all = { ...(first as object), ...(undoing.length === 0 ? {} : { undoing }) };
  return ApplicationFailure.create({
    message: cutText(masked(message), LONGEST),
    ...(type == null ? {} : { type }),
    nonRetryable: nonRetryable === true,
    details: [mayHaveWritten() ? all : { ...all, untouched: true }, ...rest],
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
  const passing = passingError(error);
  if (passing !== undefined) return toFailure(passing);
  const name = error instanceof Error ? error.name : typeof error;
  const message = error instanceof Error ? error.message : '';
  return ApplicationFailure.create({
    type: UNEXPECTED,
    message: `oidc-registrar: unexpected ${name}: ${masked(message, 'long')}`,
    details: [
      {
        system: 'oidc-registrar',
        remedy:
          'The worker log says where; if the systems are well, this is a defect of oidc-registrar. Start again with a worker that mends it.',
      },
    ],
  });
}
