import { type ActivityOptions, ActivityCancellationType } from '@temporalio/workflow';
import { READ_TRIES } from '../../core/check/finding.ts';
import { NON_RETRYABLE_KINDS, type ErrorKind } from '../../core/base/errors.ts';
import type { Timings } from '../../core/installation/installation.ts';

/**
 * The design's table of times. All wait for a cancelled activity to end: undo must not start beside a step that
 * still writes.
 */
const common = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;

const nonRetryableErrorTypes = [...NON_RETRYABLE_KINDS];

/** A read or a write: short, repeated on a passing error. */
export function request(timings: Timings): ActivityOptions {
  return {
    ...common,
    startToCloseTimeout: timings.requestMs,
    scheduleToCloseTimeout: timings.requestRetryMs,
    retry: {
      initialInterval: timings.retryInitialMs,
      maximumInterval: timings.retryMaximumMs,
      backoffCoefficient: 2,
      nonRetryableErrorTypes,
    },
  };
}

/** A write to the vault: its hourly rate limit is honoured, so all tries together may take over an hour. */
export function vaultWrite(timings: Timings): ActivityOptions {
  return { ...request(timings), scheduleToCloseTimeout: timings.rateLimitMs };
}

/** A wait of minutes inside one heartbeating activity, resumed from its last heartbeat. */
export function wait(timings: Timings): ActivityOptions {
  return {
    ...common,
    startToCloseTimeout: timings.waitMs,
    heartbeatTimeout: timings.heartbeatMs,
    scheduleToCloseTimeout: timings.waitRetryMs,
    retry: {
      initialInterval: timings.retryInitialMs,
      maximumInterval: timings.retryMaximumMs,
      backoffCoefficient: 2,
      nonRetryableErrorTypes,
    },
  };
}

/** A look at one system that changes nothing: it is given up soon, for the others are looked at all the same. */
export function reading(timings: Timings): ActivityOptions {
  return {
    ...common,
    startToCloseTimeout: timings.waitMs,
    heartbeatTimeout: timings.heartbeatMs,
    retry: { initialInterval: timings.retryInitialMs, maximumAttempts: READ_TRIES, nonRetryableErrorTypes },
  };
}

/**
 * A wait for people or days: each look is one short try that fails with `NotYet`; no slot is held between two looks.
 * `everyMs` lies between two of them, `deadlineMs` is for all together.
 */
export function look(timings: Timings, deadlineMs: number, everyMs = timings.turnPollMs): ActivityOptions {
  // Temporal gives up at once where the next look would come after the deadline.
  const interval = Math.max(Math.min(everyMs, deadlineMs / 4), 1);
  return {
    ...common,
    startToCloseTimeout: timings.requestMs,
    scheduleToCloseTimeout: deadlineMs,
    retry: {
      initialInterval: interval,
      maximumInterval: interval,
      backoffCoefficient: 1,
      nonRetryableErrorTypes,
    },
  };
}

/** A look whose `NotYet` alone is a wait: how long a system that does not answer is asked is the workflow's to say. */
export function lookByKind(timings: Timings, deadlineMs: number): ActivityOptions {
  const options = look(timings, deadlineMs);
  return { ...options, retry: { ...options.retry, nonRetryableErrorTypes: [...nonRetryableErrorTypes, ...OUTAGES] } };
}

/** Answers that say nothing of what was asked. */
export const OUTAGES: readonly ErrorKind[] = ['Unavailable', 'RateLimited', 'Conflict'];

/** A notice to people. A webhook that does not answer may hold up the end of a run for so long, and no longer. */
export const notice: ActivityOptions = {
  startToCloseTimeout: '15 seconds',
  scheduleToCloseTimeout: '45 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 3, maximumAttempts: 4, nonRetryableErrorTypes },
};

/** One compensation, all its tries together. Same heartbeat as a wait. */
export function compensation(timings: Timings): ActivityOptions {
  return { ...wait(timings), scheduleToCloseTimeout: timings.undoRetryMs };
}

/** One that writes to the vault: its hourly rate limit is honoured here too. */
export function vaultCompensation(timings: Timings): ActivityOptions {
  return { ...wait(timings), scheduleToCloseTimeout: Math.max(timings.undoRetryMs, timings.rateLimitMs) };
}
