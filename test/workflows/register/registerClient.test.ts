import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import type { Leftover, RegisterResult, UndoReport } from '../../../core/run/reports.ts';
import type { Land } from '../../../core/run/steps.ts';
import { failure, fakeActivities, type Fakes } from '../fakes.ts';
import { UNDOS } from '../../fixtures/undos.ts';
import { runRegistration } from '../runRegistration.ts';
import { gate } from '../../fixtures/gate.ts';
import { eventually } from '../../fixtures/polling.ts';
import { useTimeSkipping } from '../timeSkipping.ts';

// The workflow alone, on a server that skips time: days of waiting pass in milliseconds.

let env: TestWorkflowEnvironment;
useTimeSkipping((started) => {
  env = started;
});

/** Runs `oidc-client/zot` with these activities; `during` acts on it while it runs. */
async function run(
  fakes: Fakes,
  during: (handle: WorkflowHandle) => Promise<void> = async () => undefined,
): Promise<Ended> {
  return runRegistration(env, fakes.activities, async (handle) => {
    await during(handle);
    return ended(handle);
  });
}

interface Ended {
  readonly result?: RegisterResult;
  readonly cancelled: boolean;
  readonly type: string;
  readonly message: string;
  readonly report: UndoReport;
}

async function ended(handle: WorkflowHandle): Promise<Ended> {
  const nothing = { undone: [], kept: [] as readonly Leftover[] };
  try {
    return {
      result: (await handle.result()) as RegisterResult,
      cancelled: false,
      type: '',
      message: '',
      report: nothing,
    };
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : error;
    if (cause instanceof CancelledFailure) return { cancelled: true, type: 'Cancelled', message: '', report: nothing };
    if (!(cause instanceof ApplicationFailure)) throw error;
    const report = cause.details?.[0] as UndoReport;
    return { cancelled: false, type: cause.type ?? '', message: cause.message, report };
  }
}

it('runs the steps in the order of the design, with land: last and with land: first', async () => {
  const last = fakeActivities('last');
  expect((await run(last)).result?.outcome).toBe('registered');
  expect(last.journal).toEqual([
    'describeInstallation',
    'preflightBeforeTurn',
    'acquireTurn',
    'preflight',
    'generateSecret',
    'storeSecret',
    'patchExternalSecret',
    'syncBlueprint',
    'pollBlueprintStatus',
    'renderAnsibleFiles',
    'verifyRegistration',
    'landChange',
    'cleanUp',
    'reconcileSchedule',
  ]);
  const first = fakeActivities('first');
  expect((await run(first)).result?.commit).toBe('abc');
  expect(first.journal).toEqual([
    'describeInstallation',
    'preflight',
    'generateSecret',
    'storeSecret',
    'landChange',
    'patchExternalSecret',
    'syncBlueprint',
    'pollBlueprintStatus',
    'renderAnsibleFiles',
    'verifyRegistration',
    'cleanUp',
    'reconcileSchedule',
  ]);
});

it('leaves the Schedule alone where preflight has found none, and none is asked for', async () => {
  const { preflight } = fakeActivities('last').activities;
  const fakes = fakeActivities('last', {
    preflight: async (request) => {
      const plan = await preflight(request);
      return { ...plan, job: { ...plan.job, unscheduled: true } };
    },
  });
  expect((await run(fakes)).result?.outcome).toBe('registered');
  expect(fakes.journal.at(-1)).toBe('cleanUp');
});

const UNDO: Readonly<Record<Land, readonly string[]>> = {
  last: ['settleLanding', ...UNDOS.last],
  first: UNDOS.first,
};

it.each(['last', 'first'] as const)('undoes by dependency with land: %s', async (land) => {
  const fakes = fakeActivities(land, {
    verifyRegistration: async () => Promise.reject(failure('Failed', 'not verified')),
  });

  const { type, message } = await run(fakes);

  expect(type).toBe('Failed');
  expect(message).toBe('zot was not registered: not verified. Mend Failed. Everything is as it was.');
  expect(fakes.journal.slice(fakes.journal.indexOf('verifyRegistration') + 1)).toEqual(UNDO[land]);
});

it('waits for its turn for hours, and gives up after a day, naming the holder', async () => {
  let looks = 0;
  const patient = fakeActivities('last', {
    acquireTurn: async ({ changeId }) => {
      looks += 1;
      if (looks < 20) throw failure('NotYet', 'the turn is held by oidc-client/wiki', { retryable: true });
      return { changeId, note: '' };
    },
  });
  expect((await run(patient)).result?.outcome).toBe('registered');

  const forever = fakeActivities('last', {
    acquireTurn: async () =>
      Promise.reject(failure('NotYet', 'the turn is held by oidc-client/wiki', { retryable: true })),
  });
  const { message } = await run(forever);
  expect(message).toContain('gave up waiting: the turn is held by oidc-client/wiki');
  expect(message).toContain('Everything is as it was.');
});

it("honours the vault's rate limit for as long as it says, up to 70 minutes", async () => {
  const started = await env.currentTimeMs();
  let tries = 0;
  const fakes = fakeActivities('last', {
    storeSecret: async () => {
      tries += 1;
      if (tries === 1) throw failure('RateLimited', 'limit used up', { retryable: true, retryAfterMs: 3_600_000 });
      return {};
    },
  });

  expect((await run(fakes)).result?.outcome).toBe('registered');

  expect((await env.currentTimeMs()) - started).toBeGreaterThanOrEqual(3_600_000);
  expect(tries).toBe(2);
});

it('retries a compensation for half an hour, then keeps what depends on it, and lists both with a remedy', async () => {
  const fakes = fakeActivities('last', {
    pollBlueprintStatus: async () => Promise.reject(failure('Failed', 'never successful')),
    undoPatchExternalSecret: async () =>
      Promise.reject(failure('Unavailable', 'the cluster is gone', { retryable: true })),
  });

  const { type, report } = await run(fakes);

  expect(type).toBe('UndoIncomplete');
  expect(fakes.journal.filter((name) => name === 'undoPatchExternalSecret').length).toBeGreaterThan(10);
  expect(fakes.journal).not.toContain('undoStoreSecret');
  expect(fakes.journal).not.toContain('undoGenerateSecret');
  expect(fakes.journal).not.toContain('deleteRunBranch');
  expect(fakes.journal.at(-1)).toBe('releaseTurn');
  expect(report.kept.map((kept) => kept.what)).toEqual([
    "the ExternalSecret's entry zot-client-secret",
    'vault field zot-client-secret',
    'the pending vault field of zot-client-secret',
    'branch oidc-registrar/zot-x',
  ]);
  expect(report.kept[0]?.why).toContain('the cluster is gone');
  for (const kept of report.kept) expect(kept.remedy).toContain('Run client zot again');
});

it('lists each object of a blueprint that could not be taken out, by key or, where nobody can look, by name', async () => {
  const found = { what: 'Authentik group zot-bots (id 7)', why: 'seen', remedy: 'by hand' };
  const broken = {
    verifyRegistration: async () => Promise.reject(failure('Failed', 'not verified')),
    undoSyncBlueprint: async () => Promise.reject(failure('Unauthorized', 'no')),
  };
  const seen = await run(fakeActivities('last', { ...broken, leftInAuthentik: async () => [found] }));
  expect(seen.report.kept.slice(0, 2).map((kept) => kept.what)).toEqual([
    'blueprint custom/zot.yaml and what it made in Authentik',
    found.what,
  ]);

  const blind = await run(
    fakeActivities('last', {
      ...broken,
      leftInAuthentik: async () => Promise.reject(failure('Unavailable', 'Authentik does not answer')),
    }),
  );
  const names = blind.report.kept.map((kept) => kept.what).filter((what) => what.startsWith('Authentik'));
  expect(names).toEqual([
    'Authentik blueprint instance custom/zot.yaml, if it was made',
    'Authentik application zot, if it was made',
    'Authentik policy binding 0 of application zot to group admins, if it was made',
    'Authentik provider Zot, if it was made',
    'Authentik group artifact-workloads, if it was made',
    'Authentik service account svc-artifact-ci, if it was made',
  ]);
});

it('lists what a blocked compensation would have taken back', async () => {
  const asked: string[] = [];
  const fakes = fakeActivities('first', {
    verifyRegistration: async () => Promise.reject(failure('Failed', 'not verified')),
    revertChange: async () => ({
      undone: [],
      kept: [{ what: 'a file', why: 'changed', remedy: 'mend' }],
      blocks: true,
    }),
    leftInAuthentik: async (_job, why) => {
      asked.push(why);
      return [{ what: 'Authentik provider Zot (id 12)', why, remedy: 'by hand' }];
    },
  });

  const { report } = await run(fakes);

  expect(report.kept.map((kept) => kept.what)).toContain('Authentik provider Zot (id 12)');
  expect(asked).toEqual(['it belongs to blueprint custom/zot.yaml and what it made in Authentik, which is kept.']);
  expect(fakes.journal).not.toContain('undoSyncBlueprint');
});

it('ends well with a warning where a cancel came after the change had landed', async () => {
  const fakes = fakeActivities('last', {
    verifyRegistration: async () => Promise.reject(failure('Failed', 'late')),
    settleLanding: async () => ({ state: 'landed', commit: 'abc' }),
  });

  const { result } = await run(fakes);

  expect(result?.outcome).toBe('registered');
  expect(result?.warnings.join()).toContain('had landed before this failed, nothing was undone');
  expect(fakes.journal.slice(-3)).toEqual(['settleLanding', 'cleanUp', 'reconcileSchedule']);
});

it('undoes nothing where Git cannot tell whether the change has landed', async () => {
  const fakes = fakeActivities('last', {
    verifyRegistration: async () => Promise.reject(failure('Failed', 'not verified')),
    settleLanding: async () => Promise.reject(failure('Unavailable', 'no answer from the remote', { retryable: true })),
  });

  const { type, report } = await run(fakes);

  expect(type).toBe('UndoIncomplete');
  expect(fakes.journal.filter((name) => name.startsWith('undo'))).toEqual([]);
  expect(report.kept.map((kept) => kept.why).join()).toContain('no answer from the remote');
});

it('deploys and verifies again when the target moved under it, three times at most', async () => {
  let landings = 0;
  const fakes = fakeActivities('last', {
    landChange: async (_job, { lastTry }) => {
      landings += 1;
      if (lastTry) throw failure('Refused', 'the target kept moving');
      return { state: 'rebased', base: `base-${landings}`, edits: [], note: '' };
    },
  });

  const { message } = await run(fakes);

  expect(message).toContain('the target kept moving');
  expect(fakes.journal.filter((name) => name === 'syncBlueprint')).toHaveLength(4);
  expect(fakes.journal).toContain('undoSyncBlueprint');
});

/** Cancels, and comes back once the workflow has been told: what ends after that ends in a cancelled run. */
async function cancelHeard(handle: WorkflowHandle): Promise<void> {
  await handle.cancel();
  await eventually(
    async () => (await handle.fetchHistory()).events ?? [],
    (events) => {
      const cancel = events.findIndex((event) => Boolean(event.workflowExecutionCancelRequestedEventAttributes));
      return cancel >= 0 && events.slice(cancel).some((event) => Boolean(event.workflowTaskCompletedEventAttributes));
    },
  );
}

it('hears a cancel that came while a step was ending well', async () => {
  const [begun, heard] = [gate(), gate()];
  const fakes = fakeActivities('last', {
    verifyRegistration: async () => {
      begun.open();
      await heard.opened;
      return { checks: [] };
    },
  });

  const end = await run(fakes, async (handle) => {
    await begun.opened;
    await cancelHeard(handle);
    heard.open();
  });

  expect(end.cancelled).toBe(true);
  expect(fakes.journal).not.toContain('landChange');
  expect(fakes.journal.slice(-7)).toEqual(UNDO.last);
});

it('releases the turn once the look that takes it has ended, where a cancel came meanwhile', async () => {
  const [begun, heard] = [gate(), gate()];
  const order: string[] = [];
  const fakes = fakeActivities('last', {
    acquireTurn: async ({ changeId }) => {
      begun.open();
      await heard.opened;
      order.push('taken');
      return { changeId, note: 'the turn is ours' };
    },
    releaseTurn: async () => {
      order.push('released');
      return { undone: [], kept: [], blocks: false };
    },
  });

  const end = await run(fakes, async (handle) => {
    await begun.opened;
    await cancelHeard(handle);
    heard.open();
  });

  expect(end.cancelled).toBe(true);
  expect(order).toEqual(['taken', 'released']);
});

it('fails where an unchanged client does not verify, and takes nothing back but its turn', async () => {
  const fakes = fakeActivities(
    'last',
    { verifyRegistration: async () => Promise.reject(failure('Failed', 'drifted')) },
    true,
  );

  const { type, message } = await run(fakes);

  expect(type).toBe('Failed');
  expect(message).toContain('drifted');
  expect(fakes.journal).not.toContain('undoStoreSecret');
  expect(fakes.journal.at(-1)).toBe('releaseTurn');
});

it.each([
  [{}],
  [{ client: 'Zot' }],
  [{ client: 'zot', secret: 'x' }],
  [{ client: 'zot', repair: 'yes' }],
  [{ client: 'zot', takeBack: 'yes' }],
  [{ client: 'zot', repair: true, takeBack: true }],
  ['zot'],
  [null],
])('refuses the input %j before it does anything but tell people', async (input) => {
  const fakes = fakeActivities('last');
  const end = await runRegistration(env, fakes.activities, ended, { workflowId: 'input', input });
  expect(end.type).toBe('BadInput');
  expect(end.message).toContain('workflow input');
  expect(fakes.journal).toEqual(['notify']);
});
