import { MockActivityEnvironment } from '@temporalio/testing';
import {
  ActivityCancelledError,
  ActivityNotFoundError,
  ActivityPausedError,
  ActivityResetError,
} from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { afterEach, expect, test, vi } from 'vitest';
import { currentAttempt } from '../../../activities/kit/attempt.ts';
import { attemptDeadline, beginAttempt } from '../../../activities/kit/attemptTime.ts';
import { note } from '../../../activities/kit/wait.ts';
import { AttemptOver } from '../../../core/base/attemptOver.ts';
import { toFailure } from '../../../worker/interceptors.ts';
import { attemptIn } from '../../fixtures/attempts.ts';
import { errorOf } from '../../fixtures/errors.ts';

afterEach(() => vi.useRealTimers());

test('an attempt that goes on may send, for no longer than its time and the limit of the request', async () => {
  const asked: unknown[] = [];
  const heartbeat = async (_token: unknown, details: unknown): Promise<void> => void asked.push(details);
  const attempt = attemptIn(heartbeat, { startToCloseTimeoutMs: 60_000, scheduleToCloseTimeoutMs: 0 });
  const limits: number[] = [];
  await attempt.run(async () => {
    beginAttempt();
    note({ undoing: 'x' });
    for (const limitMs of [10_000, 600_000]) limits.push(await currentAttempt.timeFor(limitMs));
  });
  expect(limits[0]).toBe(10_000);
  expect(limits[1]).toBeGreaterThan(50_000);
  expect(limits[1]).toBeLessThan(60_000);
  // What the attempt has noted is not lost by the question, and the server knows that it is about to write.
  const noted = { undoing: 'x', writes: true };
  expect(asked).toEqual([noted, noted]);
});

test('the time that is left is one that a timer takes', async () => {
  const attempt = attemptIn(async () => undefined, { startToCloseTimeoutMs: 59_999 });
  const timer = attempt.run(async () => AbortSignal.timeout(await currentAttempt.timeFor(600_000)));
  await expect(timer).resolves.toBeInstanceOf(AbortSignal);
});

test.each([new ActivityNotFoundError('x'), new ActivityPausedError('x'), new ActivityResetError('x'), new Error('14')])(
  'an attempt of which Temporal says %s sends nothing, and is tried again where the run goes on',
  async (said) => {
    const attempt = attemptIn(() => Promise.reject(said));
    const error = await errorOf(attempt.run(() => currentAttempt.timeFor(10_000)));
    expect(error).toBeInstanceOf(AttemptOver);
    expect(toFailure(error)).toMatchObject({ type: 'Unavailable', nonRetryable: false });
  },
);

test('a cancel that Temporal tells is heard: the activity ends as cancelled', async () => {
  const attempt = attemptIn(() => Promise.reject(new ActivityCancelledError('x')), { heartbeatTimeoutMs: 100 });
  const error = await errorOf(attempt.run(() => currentAttempt.timeFor(10_000)));
  expect(toFailure(error)).toBeInstanceOf(CancelledFailure);
});

test('after a cancel Temporal is not even asked', async () => {
  const heartbeat = vi.fn<() => Promise<void>>();
  const attempt = attemptIn(heartbeat);
  attempt.cancel();
  const error = await errorOf(attempt.run(() => currentAttempt.timeFor(10_000)));
  expect(toFailure(error)).toBeInstanceOf(CancelledFailure);
  expect(heartbeat).not.toHaveBeenCalled();
});

test('an adapter waits no longer than the attempt has time, nor past a cancel', async () => {
  const attempt = attemptIn(async () => undefined, { startToCloseTimeoutMs: 60_000 });
  await attempt.run(async () => {
    expect(await currentAttempt.pause(1)).toBe(true);
    expect(await currentAttempt.pause(60_000)).toBe(false);
    const paused = expect(currentAttempt.pause(30_000)).rejects.toBeInstanceOf(CancelledFailure);
    attempt.cancel();
    await paused;
  });
});

test.each([
  ['forwards', 3_000],
  ['backwards', -3_000],
])('an answer is asked for anew where the wall clock went %s while it was waited for', async (_way, ms) => {
  vi.useFakeTimers({ toFake: ['Date'] });
  let stops = 1;
  const heartbeat = vi.fn<() => Promise<void>>(async () => {
    if (stops > 0) vi.setSystemTime(Date.now() + ms);
    stops -= 1;
  });
  expect(await attemptIn(heartbeat).run(() => currentAttempt.timeFor(1_000))).toBe(1_000);
  expect(heartbeat).toHaveBeenCalledTimes(2);
  stops = Number.POSITIVE_INFINITY;
  expect(await errorOf(attemptIn(heartbeat).run(() => currentAttempt.timeFor(1_000)))).toBeInstanceOf(AttemptOver);
});

test('an attempt whose time is nearly up sends nothing, however long its worker was stopped', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const attempt = attemptIn(async () => undefined, { startToCloseTimeoutMs: 60_000, scheduleToCloseTimeoutMs: 0 });
  await attempt.run(async () => {
    beginAttempt();
    vi.setSystemTime(Date.now() + 53_900);
    expect(await errorOf(currentAttempt.timeFor(10_000))).toBeInstanceOf(AttemptOver);
  });
});

test('of all limits the nearest counts, with something to spare, whatever the clocks of worker and server say', async () => {
  const leftOf = (startToCloseTimeoutMs: number, scheduleToCloseTimeoutMs: number, skewMs: number, spentMs = 0) => {
    const scheduledTimestampMs = Date.now() + skewMs;
    const currentAttemptScheduledTimestampMs = scheduledTimestampMs + spentMs;
    const info = {
      startToCloseTimeoutMs,
      scheduleToCloseTimeoutMs,
      scheduledTimestampMs,
      currentAttemptScheduledTimestampMs,
    };
    return new MockActivityEnvironment(info).run(async () => {
      beginAttempt();
      return attemptDeadline() - Date.now();
    });
  };
  for (const skewMs of [0, 3_600_000, -3_600_000]) {
    expect(await leftOf(60_000, 600_000, skewMs)).toBeCloseTo(54_000, -2);
    expect(await leftOf(60_000, 10_000, skewMs)).toBeCloseTo(9_000, -2);
    expect(await leftOf(60_000, 600_000, skewMs, 580_000)).toBeCloseTo(18_000, -2);
  }
});
