import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AttemptOver } from '../../../core/base/attemptOver.ts';
import type { RegistrarError } from '../../../core/base/errors.ts';
import { withHeartbeat, waitUntil } from '../../../activities/kit/wait.ts';

const LIMIT_MS = 1_000;
const POLL_MS = 50;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Runs it as one attempt; each wait lasts until `doneAt` (milliseconds from the attempt's beginning). Gives the looks at each, in order. */
async function waits(doneAt: Readonly<Record<string, number>>, beforeMs = 0, info = {}) {
  const env = new MockActivityEnvironment({ startToCloseTimeoutMs: LIMIT_MS, scheduleToCloseTimeoutMs: 0, ...info });
  const began = Date.now();
  const looks: { what: string; at: number }[] = [];
  const attempt: Promise<unknown> = env.run(() =>
    withHeartbeat(async () => {
      await new Promise((resolve) => setTimeout(resolve, beforeMs));
      for (const [what, until] of Object.entries(doneAt))
        await waitUntil('Kubernetes', 'See.', POLL_MS, async () => {
          looks.push({ what, at: Date.now() - began });
          return Date.now() - began >= until ? { done: what } : { waiting: what };
        });
    }),
  );
  const ended = attempt.then(
    () => 'done',
    (error: { kind: string; message: string }) => `${error.kind}: ${error.message}`,
  );
  await vi.advanceTimersByTimeAsync(5 * LIMIT_MS);
  return { ended: await ended, looks };
}

test('a wait that follows another in one attempt ends with the attempt', async () => {
  const { ended, looks } = await waits({ first: 700, second: Number.POSITIVE_INFINITY });
  expect(ended).toBe('NotYet: still waiting: second');
  expect(Math.max(...looks.map(({ at }) => at))).toBeLessThan(LIMIT_MS);
});

test('a wait that begins when the time is up looks once', async () => {
  const { ended, looks } = await waits({ first: 940, second: Number.POSITIVE_INFINITY });
  expect(ended).toBe('NotYet: still waiting: second');
  expect(looks.filter(({ what }) => what === 'second')).toHaveLength(1);
  expect((await waits({ only: Number.POSITIVE_INFINITY }, 950)).looks).toHaveLength(1);
});

test('waits that end in time do not hinder each other', async () => {
  expect((await waits({ first: 300, second: 600, third: 850 })).ended).toBe('done');
});

test('what earlier attempts have used is counted by the server’s clock, whatever this machine’s says', async () => {
  const scheduledTimestampMs = Date.now() - 3_600_000;
  const times = { scheduledTimestampMs, currentAttemptScheduledTimestampMs: scheduledTimestampMs + 600 };
  const { ended, looks } = await waits({ only: Number.POSITIVE_INFINITY }, 0, {
    scheduleToCloseTimeoutMs: 1_000,
    ...times,
  });
  expect(ended).toBe('NotYet: still waiting: only');
  const last = Math.max(...looks.map(({ at }) => at));
  expect(last).toBeGreaterThanOrEqual(300);
  expect(last).toBeLessThan(450);
});

test.each([
  ['earlier in the same attempt', 300, undefined, 'Flux, NotYet: still waiting: for somebody'],
  ['in an attempt before it', 0, { waiting: 'for another' }, 'Flux, NotYet: still waiting: for another'],
  [
    'in an attempt before it, of another system',
    0,
    { waiting: 'for another', of: { system: 'Argo CD', remedy: 'Look.' } },
    'Argo CD, NotYet: still waiting: for another',
  ],
  ['never', 0, undefined, 'Temporal, Unavailable: nothing more was written: there was no time left'],
])(
  'a request that there is no time for leaves what was waited for to be told: %s',
  async (_name, asksAt, before, said) => {
    const info = { startToCloseTimeoutMs: 400, scheduleToCloseTimeoutMs: 0, heartbeatDetails: before };
    const began = Date.now();
    const attempt: Promise<unknown> = new MockActivityEnvironment(info).run(() =>
      waitUntil('Flux', 'See.', POLL_MS, async () => {
        if (Date.now() - began >= asksAt) throw new AttemptOver('there was no time left');
        return { waiting: 'for somebody' };
      }),
    );
    const ended = attempt.catch(({ system, kind, message }: RegistrarError) => `${system}, ${kind}: ${message}`);
    await vi.advanceTimersByTimeAsync(LIMIT_MS);
    expect(await ended).toBe(said);
  },
);

test('an attempt that Temporal has given up is over, whatever was waited for', async () => {
  const attempt = new MockActivityEnvironment({
    startToCloseTimeoutMs: 60_000,
    heartbeatDetails: { waiting: 'x' },
  }).run(() =>
    waitUntil('Flux', 'See.', POLL_MS, async () =>
      Promise.reject(new AttemptOver('Temporal has given this attempt up')),
    ),
  );
  await expect(attempt).rejects.toBeInstanceOf(AttemptOver);
});

test('what is slow to answer is not asked at once again, and the attempt ends in time all the same', async () => {
  const looksOf = async (tookMs: number, limitMs: number): Promise<readonly number[]> => {
    const env = new MockActivityEnvironment({ startToCloseTimeoutMs: limitMs, scheduleToCloseTimeoutMs: 0 });
    const began = Date.now();
    const at: number[] = [];
    const look = async () => {
      at.push(Date.now() - began);
      await new Promise((resolve) => setTimeout(resolve, tookMs));
      return { waiting: 'it' };
    };
    const waited = env.run(() => withHeartbeat(() => waitUntil('Authentik', 'See.', POLL_MS, look)));
    const ended = waited.catch(({ kind }: RegistrarError) => kind);
    await vi.advanceTimersByTimeAsync(limitMs);
    expect(await ended).toBe('NotYet');
    return at;
  };
  const [quick, slow, slowest] = [await looksOf(10, 1_000), await looksOf(300, 5_000), await looksOf(15_000, 120_000)];
  expect(quick.slice(0, 3)).toEqual([0, 60, 120]);
  expect(slow.slice(0, 3)).toEqual([0, 600, 1_200]);
  expect(slowest.slice(0, 3)).toEqual([0, 25_000, 50_000]);
});
