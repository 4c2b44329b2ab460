import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { pollUntilApplied } from '../../../activities/waits/applied.ts';
import { temporalNow } from '../../../activities/kit/temporalTime.ts';
import { retryAfterMs } from '../../../core/base/retryAfter.ts';
import type { Job } from '../../../core/run/job.ts';

const HOUR_MS = 3_600_000;
const SERVER = Date.parse('2026-11-29T12:00:00Z');

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const clocks = [
  ['right', 0],
  ['an hour ahead', HOUR_MS],
  ['an hour behind', -HOUR_MS],
] as const;

it.each(clocks)('tells the time of the server where the clock of the machine is %s', async (_, off) => {
  vi.setSystemTime(SERVER + off);
  const env = new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: SERVER });

  const times = await env.run(async () => {
    const first = temporalNow();
    vi.advanceTimersByTime(1_500);
    return [first, temporalNow()];
  });

  expect(times).toEqual([SERVER, SERVER + 1_500]);
});

it.each(clocks)(
  'a retry waits for an apply as long as the attempt before would have, with a clock that is %s',
  async (_, off) => {
    vi.setSystemTime(SERVER + off);
    const applied: string[] = [];
    const { deps, job } = applying(applied);
    const asked = { instance: 'i', knownTasks: [], lastApplied: '' };
    const attempt = {
      applies: 1,
      known: [],
      askedAt: SERVER - 1_000,
      lastApplied: '',
      words: 'silence',
      since: SERVER,
    };
    const env = new MockActivityEnvironment({
      currentAttemptScheduledTimestampMs: SERVER,
      scheduledTimestampMs: SERVER,
      startToCloseTimeoutMs: 60_000,
      scheduleToCloseTimeoutMs: 60_000,
      heartbeatDetails: { attempt },
    });
    env.on('heartbeat', () => vi.advanceTimersByTime(500));

    const polled = env.run(() => pollUntilApplied(deps, job, asked, async () => []));
    await vi.waitFor(() => expect(applied).not.toHaveLength(0), 60_000);
    env.cancel();
    await polled.catch(() => undefined);

    // Ten seconds after it was asked, of which one had passed.
    const [at = ''] = applied;
    expect(Date.parse(at) - off - SERVER).toBeGreaterThanOrEqual(9_000);
    expect(Date.parse(at) - off - SERVER).toBeLessThan(11_000);
  },
);

/** An Authentik that does nothing, and says when it was asked to apply. */
function applying(applied: string[]): { deps: Deps; job: Job } {
  const instance = {
    pk: 'i',
    enabled: true,
    status: 'unknown',
    lastApplied: '',
    lastAppliedHash: '',
    path: 'custom/zot.yaml',
  };
  const deps = {
    installation: {
      timings: { pollMs: 1, applyAgainMs: 10_000, mountRefreshMs: 60_000 },
      authentik: { blueprints: {} },
    },
    authentik: {
      instancesByPath: async () => [instance],
      applyTasks: async () => [],
      apply: async () => void applied.push(new Date().toISOString()),
    },
  } as unknown as Deps;
  const job = {
    land: 'first',
    mode: 'apply',
    names: { blueprintPath: 'custom/zot.yaml', blueprintKey: 'zot.yaml', clientId: 'zot' },
    blueprint: { text: '', hash: 'h' },
  } as unknown as Job;
  return { deps, job };
}

it('a date in Retry-After is by the clock of whoever answers', () => {
  vi.setSystemTime(SERVER + HOUR_MS);
  const date = new Date(SERVER).toUTCString();
  const after = new Date(SERVER + 30_000).toUTCString();

  expect(retryAfterMs(new Headers({ date, 'retry-after': after }))).toBe(30_000);
  expect(retryAfterMs(new Headers({ 'retry-after': after }))).toBeUndefined();
  expect(retryAfterMs(new Headers({ date, 'retry-after': '7' }))).toBe(7_000);
});
