import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import type { Activities } from '../../../activities/createActivities.ts';
import { journalled, journalledRemoval, type UndoJournal } from '../../../activities/kit/undoJournal.ts';
import type { DeregisterResult } from '../../../core/run/deregistration.ts';
import { RegistrarError } from '../../../core/base/errors.ts';
import type { Leftover, UndoReport } from '../../../core/run/reports.ts';
import { ErrorBoundary } from '../../../worker/interceptors.ts';
import { failure, fakeActivities } from '../fakes.ts';
import { runRegistration } from '../runRegistration.ts';
import { useTimeSkipping } from '../timeSkipping.ts';

// An undo or a removal that is refused when it is half done is waited out, and done again by another activity. What the first
// took away is gone by then; people are told of it all the same. Behind the border of a real worker, on a server that skips time.

let env: TestWorkflowEnvironment;
useTimeSkipping((started) => {
  env = started;
});

const interceptors = { activity: [() => ({ inbound: new ErrorBoundary() })] };
const expired = new RegistrarError({
  system: 'Authentik',
  kind: 'Unauthorized',
  message: '403 Token invalid/expired',
  remedy: 'Renew it.',
});

/** Things in Authentik: each try takes away what it finds, until it is refused; what somebody uses by now is kept. */
function things(...refusals: readonly string[]) {
  const there = new Set(['application', 'provider', 'group']);
  const used = new Set<string>();
  const left = [...refusals];
  const takeAway = async (journal: UndoJournal): Promise<readonly Leftover[]> => {
    const kept: Leftover[] = [];
    for (const thing of there) {
      if (used.has(thing)) kept.push({ what: thing, why: 'it is in use.', remedy: 'Ask.' });
      if (used.has(thing)) continue;
      const deed = { what: thing, done: `${thing} deleted`, gone: thing };
      await journal.begin(deed);
      if (left[0] === thing) {
        left.shift();
        if (left.length === 0) used.add('group');
        throw expired;
      }
      there.delete(thing);
      journal.done(deed);
    }
    return kept;
  };
  return takeAway;
}

const undoOf = (takeAway: ReturnType<typeof things>): Partial<Activities> => ({
  verifyRegistration: async () => Promise.reject(failure('Failed', 'not verified')),
  undoSyncBlueprint: async () => journalled(async (journal) => ({ kept: await takeAway(journal), blocks: false })),
});

describe('an undo that is refused when it is half done', () => {
  const report = async (over: Partial<Activities>): Promise<UndoReport> => {
    const { activities } = fakeActivities('last', over);
    const end = async (handle: WorkflowHandle): Promise<UndoReport> => {
      const error: unknown = await handle.result().catch((failed: unknown) => failed);
      const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
      if (!(cause instanceof ApplicationFailure)) throw new Error('the run did not fail');
      return cause.details?.[0] as UndoReport;
    };
    return runRegistration(env, activities, end, { interceptors });
  };

  it('tells all that its tries have taken back, each once', async () => {
    const { undone, kept } = await report(undoOf(things('provider', 'group', 'nothing')));

    expect(undone).toEqual(['application deleted', 'provider deleted', 'group deleted']);
    expect(kept).toEqual([]);
  });

  it('tells nothing as taken back that the last try keeps', async () => {
    const { undone, kept } = await report(undoOf(things('group')));

    expect(undone).toEqual(['application deleted', 'provider deleted']);
    expect(kept.map(({ what }) => what)).toEqual(['group']);
  });
});

it('a deregistration tells all that the tries of one step have removed', async () => {
  const takeAway = things('provider', 'group', 'nothing');
  const { activities } = fakeActivities('last', {
    removeApplication: async () => journalledRemoval(takeAway, 'nothing'),
  });
  const result = await runRegistration(
    env,
    activities,
    async (handle) => handle.result() as Promise<DeregisterResult>,
    {
      type: 'deregisterClient',
      interceptors,
    },
  );

  expect(result.outcome).toBe('deregistered');
  expect(result.removed).toEqual(expect.arrayContaining(['application', 'provider', 'group']));
});
