import { type ActivityOptions, ActivityCancellationType } from '@temporalio/workflow';
import { READ_TRIES } from '../../core/check/finding.ts';
import { NON_RETRYABLE_KINDS, type ErrorKind } from '../../core/base/errors.ts';
import type { Timings } from '../../core/installation/timings.ts';

/** A kind of activity: how long it and its tries may take, by the timings of the installation. */
export type Kind = (timings: Timings) => ActivityOptions;

/** What all kinds have: a cancel waits for the activity to end, so that no undo starts beside a step that writes. */
const common = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;

const nonRetryableErrorTypes = [...NON_RETRYABLE_KINDS];

const retry = (timings: Timings) => ({
  initialInterval: timings.retryInitialMs,
  maximumInterval: timings.retryMaximumMs,
  backoffCoefficient: 2,
  nonRetryableErrorTypes,
});

/** A read or a write: short, repeated on a passing error. */
export const request: Kind = (timings) => ({
  ...common,
  startToCloseTimeout: timings.requestMs,
  scheduleToCloseTimeout: timings.requestRetryMs,
  retry: retry(timings),
});

/** A write to the vault: its hourly rate limit is honoured, so all tries together may take over an hour. */
export const vaultWrite: Kind = (timings) => ({ ...request(timings), scheduleToCloseTimeout: timings.rateLimitMs });

/** A wait of minutes inside one heartbeating activity, resumed from its last heartbeat. */
export const wait: Kind = (timings) => ({
  ...common,
  startToCloseTimeout: timings.waitMs,
  heartbeatTimeout: timings.heartbeatMs,
  scheduleToCloseTimeout: timings.waitRetryMs,
  retry: retry(timings),
});

/** A look at one system that changes nothing: it is given up soon, for the others are looked at all the same. */
export const reading: Kind = (timings) => ({
  ...common,
  startToCloseTimeout: timings.waitMs,
  heartbeatTimeout: timings.heartbeatMs,
  retry: { initialInterval: timings.retryInitialMs, maximumAttempts: READ_TRIES, nonRetryableErrorTypes },
});

/**
 * A wait for people or days: each look is one short try that fails with `NotYet`; no slot is held between two looks.
 * `deadlineMs` is for all looks together, `every` names the time between two of them.
 */
export function look(deadlineMs: number, every: 'turnPollMs' | 'mergePollMs' | 'deployPollMs'): Kind {
  return (timings) => {
    // Temporal gives up at once where the next look would come after the deadline.
    const interval = Math.max(Math.min(timings[every], deadlineMs / 4), 1);
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
  };
}

/** A look for the turn, whose `NotYet` alone is a wait: how long a system that does not answer is asked is the workflow's to say. */
export function lookForTurn(deadlineMs: number): Kind {
  return (timings) => {
    const options = look(deadlineMs, 'turnPollMs')(timings);
    return { ...options, retry: { ...options.retry, nonRetryableErrorTypes: [...nonRetryableErrorTypes, ...OUTAGES] } };
  };
}

/** Answers that say nothing of what was asked. */
export const OUTAGES: readonly ErrorKind[] = ['Unavailable', 'RateLimited', 'Conflict'];

/** A look at everything. Its own looks end by themselves well within this; a worker that dies meanwhile is replaced twice. */
export const diagnosis: ActivityOptions = {
  startToCloseTimeout: '90 seconds',
  heartbeatTimeout: '15 seconds',
  retry: { initialInterval: '1 second', maximumAttempts: 3, nonRetryableErrorTypes },
};

/** A notice to people. A webhook that does not answer may hold up the end of a run for so long, and no longer. */
export const notice: ActivityOptions = {
  startToCloseTimeout: '15 seconds',
  scheduleToCloseTimeout: '45 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 3, maximumAttempts: 4, nonRetryableErrorTypes },
};

/** One compensation, all its tries together. Same heartbeat as a wait. */
export const compensation: Kind = (timings) => ({ ...wait(timings), scheduleToCloseTimeout: timings.undoRetryMs });

/** One that writes to the vault: its hourly rate limit is honoured here too. */
export const vaultCompensation: Kind = (timings) => ({
  ...wait(timings),
  scheduleToCloseTimeout: Math.max(timings.undoRetryMs, timings.rateLimitMs),
});
