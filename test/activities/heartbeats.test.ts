import type { ActivityOptions } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createActivities } from '../../activities/createActivities.ts';
import type { Deps } from '../../activities/deps.ts';
import { timingsSchema } from '../../core/installation/timings.ts';
import * as kinds from '../../workflows/kit/activityOptions.ts';

// A wait without heartbeats ends, by its limit, in the middle of its work, and hears of no cancel.

const LIMIT_MS = 30_000;

/** A system that answers nothing, whatever it is asked. */
const hanging = (asked: () => void): object =>
  new Proxy(
    {},
    {
      get: (_target, name) =>
        name === 'then'
          ? undefined
          : (): Promise<never> => {
              asked();
              return new Promise(() => {});
            },
    },
  );

/** A worker of which no activity gets beyond its first question. */
function hangingDeps(asked: () => void): Deps {
  const system = hanging(asked);
  const installation = {
    timings: timingsSchema.parse({}),
    authentik: { cluster: 'home', namespace: 'identity', kustomization: 'apps' },
    notify: { on: ['waiting'] },
  };
  const deps = { digest: 'd', formerDigest: 'd', installation, flux: system, runs: system, notifier: system };
  return deps as unknown as Deps;
}

const names = Object.keys(createActivities(hangingDeps(() => {}))) as (keyof ReturnType<typeof createActivities>)[];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each(names)('%s beats while a system does not answer', async (name) => {
  const seen: string[] = [];
  const env = new MockActivityEnvironment({ heartbeatTimeoutMs: LIMIT_MS });
  env.on('heartbeat', () => seen.push('beats'));
  const activity = createActivities(hangingDeps(() => seen.push('hangs')))[name] as (input: object) => Promise<unknown>;
  const note = (): unknown => seen.push('ends');
  void env.run(activity, { digest: 'd', kind: 'waiting' }).then(note, note);

  await vi.advanceTimersByTimeAsync(LIMIT_MS);
  expect(new Set(seen)).toEqual(new Set(['hangs', 'beats']));
});

const timings = timingsSchema.parse({});

/** What a kind of activity asks Temporal for; undefined of what is none. */
function optionsOf(made: unknown): ActivityOptions | undefined {
  if (typeof made !== 'function')
    return (made as ActivityOptions).startToCloseTimeout === undefined ? undefined : (made as ActivityOptions);
  const options: unknown = made(timings, 'turnPollMs');
  // One that is told first how long all its tries may take.
  return (typeof options === 'function' ? made(60_000, 'turnPollMs')(timings) : options) as ActivityOptions;
}

it('each kind of activity that may take longer than one request has a limit of heartbeats', () => {
  const all = Object.entries(kinds).flatMap(([name, made]) => {
    const options = optionsOf(made);
    return options === undefined ? [] : [[name, options] as const];
  });
  expect(all.map(([name]) => name)).toContain('wait');
  for (const [name, { startToCloseTimeout = 0, heartbeatTimeout }] of all) {
    const long = msToNumber(startToCloseTimeout) > timings.requestMs;
    expect(heartbeatTimeout !== undefined || !long, name).toBe(true);
    if (heartbeatTimeout !== undefined)
      expect(msToNumber(heartbeatTimeout), name).toBeLessThan(msToNumber(startToCloseTimeout));
  }
});
