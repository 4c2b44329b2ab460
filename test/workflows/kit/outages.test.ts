import { type WorkflowHandle, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import type { Activities } from '../../../activities/createActivities.ts';
import type { ProgressView } from '../../../core/run/progress.ts';
import { failure, fakeActivities } from '../fakes.ts';
import { runRegistration } from '../runRegistration.ts';
import { useTimeSkipping } from '../timeSkipping.ts';

// The wait for a turn, while what the turn is asked from does not answer; on a server that skips time.

let env: TestWorkflowEnvironment;
useTimeSkipping((started) => {
  env = started;
});

const OUTAGES = ['Unavailable', 'RateLimited', 'Conflict'] as const;
const passing = (kind: string, untouched = true) => failure(kind, `hub: ${kind}`, { retryable: true, untouched });
const held = failure('NotYet', 'the turn is held', { retryable: true, untouched: true });

/** The turn is asked for; each answer in its order, the last one again and again. */
const answers = (...all: readonly (ApplicationFailure | 'ours')[]): Pick<Activities, 'acquireTurn'> => {
  let asked = 0;
  return {
    acquireTurn: async ({ changeId }) => {
      const answer = all[Math.min(asked, all.length - 1)];
      asked += 1;
      if (answer instanceof ApplicationFailure) throw answer;
      return { changeId, note: 'the turn is ours' };
    },
  };
};

const run = async (
  over: Partial<Activities>,
  meanwhile: (handle: WorkflowHandle) => Promise<void> = async () => undefined,
) => {
  const { activities, journal } = fakeActivities('last', over);
  const end = await runRegistration(env, activities, async (handle: WorkflowHandle) => {
    // No time is skipped before somebody waits for the result.
    await meanwhile(handle);
    return handle.result().then(
      ({ outcome }: { outcome: string }) => ({ outcome, cause: undefined }),
      (error: unknown) => ({ outcome: 'failed', cause: error instanceof WorkflowFailedError ? error.cause : error }),
    );
  });
  return { ...end, journal };
};

it('a system that is away before the turn is waited for as by preflight, and the turn is not asked for', async () => {
  const away = await run({ preflightBeforeTurn: async () => Promise.reject(passing('Unavailable')) });
  expect(away.cause).toMatchObject({ type: 'Unavailable' });
  expect(new Set(away.journal)).toEqual(new Set(['describeInstallation', 'preflightBeforeTurn']));

  let asked = 0;
  const back = await run({
    preflightBeforeTurn: async () => {
      asked += 1;
      if (asked < 3) throw passing('Unavailable');
      return {};
    },
  });
  expect(back.outcome).toBe('registered');
  expect(back.journal.slice(1, 5)).toEqual([...Array(3).fill('preflightBeforeTurn'), 'acquireTurn']);
});

describe('a hub that does not answer', () => {
  it.each(OUTAGES)(
    'with %s is asked as long as any request, and for no release of what was never held',
    async (kind) => {
      const { cause, journal } = await run(answers(passing(kind)));

      expect(cause).toMatchObject({ type: kind });
      expect((cause as Error).message).toContain('Everything is as it was.');
      expect(new Set(journal)).toEqual(new Set(['describeInstallation', 'preflightBeforeTurn', 'acquireTurn']));
      // With growing pauses, for ten minutes; the turn itself would be looked at 24 times.
      expect(journal.length).toBeGreaterThan(10);
      expect(journal.length).toBeLessThan(20);
    },
  );

  it('ends a cancelled run at once', async () => {
    const { cause, journal } = await run(answers(passing('Unavailable')), async (handle) => {
      const waits = async () => (await handle.query<ProgressView>('progress')).waitsFor;
      await expect.poll(waits).toBe('hub: Unavailable. Mend Unavailable. (tried again for up to 10 min)');
      await handle.cancel();
    });

    expect(cause).toBeInstanceOf(CancelledFailure);
    expect(journal).not.toContain('releaseTurn');
  });

  it('is asked for a release where a look may have taken the turn', async () => {
    const { journal } = await run(answers(passing('Unavailable', false), passing('Unavailable')));

    expect(journal.at(-1)).toBe('releaseTurn');
  });

  it('may come and go while another run holds the turn', async () => {
    const twice = [passing('Unavailable'), passing('Unavailable')];
    const { outcome, journal } = await run(answers(...twice, held, held, ...twice, held, ...twice, 'ours'));

    expect(outcome).toBe('registered');
    expect(journal.filter((name) => name === 'acquireTurn')).toHaveLength(10);
  });
});
