import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import type { DeregisterResult } from '../../../core/run/deregistration.ts';
import type { Leftover, UndoReport } from '../../../core/run/reports.ts';
import type { Land } from '../../../core/run/steps.ts';
import { failure, fakeActivities, type Fakes } from '../fakes.ts';
import { runRegistration } from '../runRegistration.ts';
import { eventually } from '../../fixtures/polling.ts';
import { gate } from '../../fixtures/gate.ts';
import { useTimeSkipping } from '../timeSkipping.ts';

// The workflow alone: the order of its steps, its undo, and its point of no return.

let env: TestWorkflowEnvironment;
useTimeSkipping((started) => {
  env = started;
});

interface Ended {
  readonly result?: DeregisterResult;
  readonly type: string;
  readonly message: string;
  readonly kept: readonly Leftover[];
}

async function run(
  fakes: Fakes,
  {
    input = { client: 'zot' },
    during = async () => undefined,
  }: { input?: unknown; during?: (handle: WorkflowHandle) => Promise<void> } = {},
): Promise<Ended> {
  const act = async (handle: WorkflowHandle): Promise<Ended> => {
    await during(handle);
    return ended(handle);
  };
  return runRegistration(env, fakes.activities, act, { input, type: 'deregisterClient' });
}

async function ended(handle: WorkflowHandle): Promise<Ended> {
  try {
    return { result: (await handle.result()) as DeregisterResult, type: '', message: '', kept: [] };
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : error;
    if (cause instanceof CancelledFailure) return { type: 'Cancelled', message: '', kept: [] };
    if (!(cause instanceof ApplicationFailure)) throw error;
    const report = cause.details?.[0] as UndoReport | undefined;
    return { type: cause.type ?? '', message: cause.message, kept: report?.kept ?? [] };
  }
}

const FORWARD = ['removeAccounts', 'retireSecret', 'cleanUp'];

it('takes out in the safe order, with land: last and with land: first', async () => {
  const last = fakeActivities('last');
  expect((await run(last)).result).toMatchObject({ outcome: 'deregistered', commit: 'abc' });
  expect(last.journal).toEqual([
    'describeInstallation',
    'acquireTurn',
    'planRemoval',
    'takeOutBlueprint',
    'takeOutExternalSecret',
    'removeApplication',
    'verifyRemoval',
    'landChange',
    ...FORWARD,
  ]);
  const first = fakeActivities('first');
  expect((await run(first)).result?.outcome).toBe('deregistered');
  expect(first.journal).toEqual([
    'describeInstallation',
    'planRemoval',
    'landChange',
    'takeOutBlueprint',
    'takeOutExternalSecret',
    'removeApplication',
    'verifyRemoval',
    ...FORWARD,
  ]);
});

const UNDO: Readonly<Record<Land, readonly string[]>> = {
  last: [
    'settleLanding',
    'undoTakeOutExternalSecret',
    'undoTakeOutBlueprint',
    'undoRemoveApplication',
    'deleteRunBranch',
    'releaseTurn',
  ],
  first: [
    'revertChange',
    'undoTakeOutExternalSecret',
    'undoTakeOutBlueprint',
    'undoRemoveApplication',
    'deleteRunBranch',
  ],
};

it.each(['last', 'first'] as const)('puts back by dependency with land: %s', async (land) => {
  const fakes = fakeActivities(land, { verifyRemoval: async () => Promise.reject(failure('Failed', 'still there')) });

  const { type, message } = await run(fakes);

  expect(type).toBe('Failed');
  expect(message).toBe('zot was not deregistered: still there. Mend Failed. Everything is as it was.');
  expect(fakes.journal.slice(fakes.journal.indexOf('verifyRemoval') + 1)).toEqual(UNDO[land]);
});

it('does not put pods back whose key could not be put back, and lists both', async () => {
  const fakes = fakeActivities('last', {
    verifyRemoval: async () => Promise.reject(failure('Failed', 'still there')),
    undoTakeOutExternalSecret: async () => Promise.reject(failure('Refused', 'the store is gone')),
  });

  const { type, kept } = await run(fakes);

  expect(type).toBe('UndoIncomplete');
  expect(fakes.journal).not.toContain('undoTakeOutBlueprint');
  expect(fakes.journal).not.toContain('undoRemoveApplication');
  expect(fakes.journal).not.toContain('deleteRunBranch');
  expect(kept).toHaveLength(4);
  for (const entry of kept) expect(entry.remedy).toContain('`oidc-registrar deregister zot --take-back`');
});

it('goes forward past its point of no return, whatever is asked, and says so', async () => {
  const [begun, asked] = [gate(), gate()];
  const fakes = fakeActivities('last', {
    removeAccounts: async () => {
      begun.open();
      await asked.opened;
      return {};
    },
  });

  const { result } = await run(fakes, {
    during: async (handle) => {
      await begun.opened;
      await handle.cancel();
      asked.open();
    },
  });

  expect(result?.outcome).toBe('deregistered');
  expect(result?.warnings.join()).toContain('The cancel came too late');
  expect(fakes.journal.slice(-3)).toEqual(FORWARD);
});

it('does what it can past that point, then fails once and names what is left', async () => {
  const fakes = fakeActivities('first', {
    removeAccounts: async () => Promise.reject(failure('Unauthorized', 'may not delete groups')),
  });

  const { type, message } = await run(fakes);

  expect(type).toBe('Incomplete');
  expect(message).toContain('may not delete groups');
  expect(fakes.journal.slice(-3)).toEqual(FORWARD);
  expect(fakes.journal.filter((name) => name.startsWith('undo'))).toEqual([]);
});

it('a client that is gone, and a clean-up that fails: the branch and the turn are listed as left', async () => {
  const cleanUp = async () => Promise.reject(failure('Unauthorized', 'may not delete branches'));
  const tidied = await run(fakeActivities('last', { cleanUp }));
  expect(tidied.result).toMatchObject({ outcome: 'deregistered' });
  expect(tidied.result?.kept.map(({ what }) => what)).toEqual([
    expect.stringMatching(/^branch oidc-registrar\/zot-\S+ or the turn$/),
  ]);

  const removeAccounts = async () => Promise.reject(failure('Unauthorized', 'may not delete groups'));
  const { kept } = await run(fakeActivities('last', { cleanUp, removeAccounts }));
  expect(kept.map(({ what }) => what)).toEqual(['removeAccounts', expect.stringContaining('or the turn')]);
});

it('finishes a dead run that had passed that point, and refuses to take it back', async () => {
  const plain = fakeActivities('last').activities;
  const planRemoval: typeof plain.planRemoval = async (request) => {
    const plan = await plain.planRemoval(request);
    const { removal } = plan.job;
    if (removal === undefined) throw new Error('a removal is planned');
    return { ...plan, job: { ...plan.job, continued: true, removal: { ...removal, committed: true } } };
  };
  const forward = fakeActivities('last', { planRemoval });
  await run(forward);
  expect(forward.journal).toEqual(['describeInstallation', 'acquireTurn', 'planRemoval', ...FORWARD]);

  const back = fakeActivities('last', { planRemoval });
  const { type, message } = await run(back, { input: { client: 'zot', takeBack: true } });
  expect(type).toBe('Refused');
  expect(message).toContain('has passed its point of no return');
});

it.each([[{ client: 'zot', purge: 'yes' }], [{ client: 'zot', secret: 'x' }], [{ purge: true }], [null]])(
  'refuses the input %j before it does anything but tell people',
  async (input) => {
    const fakes = fakeActivities('last');
    const { type } = await run(fakes, { input });
    expect(type).toBe('BadInput');
    expect(fakes.journal).toEqual(['notify']);
  },
);

it('a cancel that comes when nothing was there to take out keeps nobody from tidying up', async () => {
  const [begun, heard] = [gate(), gate()];
  const fakes = fakeActivities(
    'last',
    {
      cleanUp: async () => {
        begun.open();
        await heard.opened;
        return {};
      },
    },
    true,
  );
  const isCancelling = async (handle: WorkflowHandle): Promise<readonly string[]> =>
    ((await handle.fetchHistory()).events ?? []).flatMap((event) => {
      if (event.workflowExecutionCancelRequestedEventAttributes) return ['cancelled'];
      if (event.activityTaskCancelRequestedEventAttributes) return ['cut short'];
      return event.workflowTaskCompletedEventAttributes ? ['thought'] : [];
    });
  let seen: readonly string[] = [];
  const { result } = await run(fakes, {
    during: async (handle) => {
      await begun.opened;
      await handle.cancel();
      seen = await eventually(
        () => isCancelling(handle),
        (events) => events.slice(events.indexOf('cancelled')).includes('thought') && events.includes('cancelled'),
      );
      heard.open();
    },
  });
  expect(result?.outcome).toBe('unchanged');
  expect(seen).not.toContain('cut short');
});
