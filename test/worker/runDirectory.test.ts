import type { Client } from '@temporalio/client';
import { defaultDataConverter, defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { createRunDirectory } from '../../worker/runDirectory.ts';
import { grpcError, notFound } from '../fixtures/grpcErrors.ts';
import { IDS } from '../../core/run/ids.ts';

interface Run {
  readonly runId: string;
  readonly status: string;
  /** registerClient where absent. */
  readonly type?: string;
  readonly events?: readonly object[];
  /** More events than this in one answer are too large for it. */
  readonly largestPage?: number;
}

interface PageRequest {
  readonly execution: { readonly workflowId: string; readonly runId: string };
  readonly maximumPageSize: number;
  readonly nextPageToken?: Uint8Array;
}

/** By number, as temporal.api.enums.v1.WorkflowExecutionStatus has them. */
const STATUSES = ['UNSPECIFIED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELED', 'TERMINATED', '', 'TIMED_OUT', 'PAUSED'];

/** Events as a history holds them: every one from the first on. */
function filled(events: readonly object[]): readonly object[] {
  const all: object[] = [];
  for (const event of events) {
    const { eventId } = event as { eventId: bigint };
    while (all.length + 1 < Number(eventId)) all.push({ eventId: BigInt(all.length + 1) });
    all.push(event);
  }
  return all;
}

function listed(workflowId: string, { runId, status }: Run): object {
  return { execution: { workflowId, runId }, status: STATUSES.indexOf(status) };
}

/** As much of a client as the directory asks, over these runs, newest first. */
function clientOf(
  runs: Readonly<Record<string, readonly Run[]>>,
  attributes: Readonly<Record<string, number>> = {},
): Client {
  return {
    options: { namespace: 'default', loadedDataConverter: defaultDataConverter },
    withDeadline: async (_until: number, ask: () => Promise<unknown>) => ask(),
    workflowService: {
      describeWorkflowExecution: async ({ execution }: { execution: { workflowId: string; runId: string } }) => {
        const { workflowId, runId } = execution;
        const newest = (runs[workflowId] ?? []).find((run) => runId === '' || run.runId === runId);
        if (newest === undefined) throw notFound();
        if (newest.status === 'BROKEN') throw new Error('no server');
        return { workflowExecutionInfo: listed(workflowId, newest) };
      },
      listWorkflowExecutions: async ({ query }: { query: string }) => {
        const prefix = /^ExecutionStatus = "Running" AND WorkflowId STARTS_WITH "(.+)"$/.exec(query)?.[1];
        const [, id = '', type] = /^WorkflowId = "([^"]+)" AND WorkflowType != "(.+)"$/.exec(query) ?? [];
        const found = Object.entries(runs).flatMap(([workflowId, all]) =>
          all
            .filter((run) =>
              prefix === undefined
                ? workflowId === id && run.type !== type
                : workflowId.startsWith(prefix) && run.status === 'RUNNING',
            )
            .map((run) => listed(workflowId, run)),
        );
        return { executions: found };
      },
      getWorkflowExecutionHistory: async (asked: PageRequest) => {
        const { workflowId, runId } = asked.execution;
        const run = runs[workflowId]?.find((each) => each.runId === runId);
        if (run?.events === undefined) throw notFound();
        const events = filled(run.events);
        const from = asked.nextPageToken?.[0] ?? 0;
        if (asked.maximumPageSize > (run.largestPage ?? Infinity))
          throw grpcError(8, 'grpc: received message larger than max (4200000 vs. 4194304)');
        const to = from + asked.maximumPageSize;
        const next = to < events.length ? { nextPageToken: new Uint8Array([to]) } : {};
        return { history: { events: events.slice(from, to) }, ...next };
      },
    },
    connection: { operatorService: { listSearchAttributes: async () => ({ customAttributes: attributes }) } },
  } as unknown as Client;
}

/** The events of a run whose preflight, or the activity in its place, returned this plan. */
function planned(plan: unknown, activity = 'preflight'): readonly object[] {
  return [
    { eventId: 4n, activityTaskScheduledEventAttributes: { activityType: { name: 'acquireTurn' } } },
    { eventId: 5n, activityTaskCompletedEventAttributes: { scheduledEventId: 4n, result: { payloads: [] } } },
    { eventId: 9n, activityTaskScheduledEventAttributes: { activityType: { name: activity } } },
    {
      eventId: 10n,
      activityTaskCompletedEventAttributes: {
        scheduledEventId: 9n,
        result: { payloads: [defaultPayloadConverter.toPayload(plan)] },
      },
    },
  ];
}

const ID = 'oidc-client/zot';
const plan = (changeId: string) => ({ job: { changeId, client: 'zot' } });

test('lists the runs of clients that are open, and no checks', async () => {
  const running = [{ runId: 'r', status: 'RUNNING' }];
  const runs = { [ID]: running, 'oidc-client/old': [{ runId: 'r', status: 'COMPLETED' }], 'oidc-check/zot': running };
  expect(await createRunDirectory(clientOf(runs), IDS).openRuns()).toEqual([ID]);
});

test.each([
  ['older', true],
  ['newest', false],
  ['gone', false],
  ['', false],
])('whether that one run ended well: "%s", %s', async (runId, well) => {
  const runs = [
    { runId: 'newest', status: 'RUNNING' },
    { runId: 'dead', status: 'TERMINATED' },
    { runId: 'older', status: 'COMPLETED' },
  ];
  expect(await createRunDirectory(clientOf({ [ID]: runs }), IDS).endedWell(ID, runId)).toBe(well);
});

describe('whether a run is open', () => {
  test.each([
    [[{ runId: 'r', status: 'RUNNING' }], true],
    [[{ runId: 'r', status: 'PAUSED' }], true],
    [[{ runId: 'r', status: 'TERMINATED' }], false],
    [[], false],
  ])('of %j: %s', async (runs, open) => {
    expect(await createRunDirectory(clientOf({ [ID]: runs }), IDS).isOpen(ID)).toBe(open);
  });

  test('is not answered by a server that does not answer', async () => {
    const directory = createRunDirectory(clientOf({ [ID]: [{ runId: 'r', status: 'BROKEN' }] }), IDS);
    await expect(directory.isOpen(ID)).rejects.toThrow('no server');
  });
});

describe('the job that an open run refers to', () => {
  const asked = { plannedBy: 'preflightRotation', changeId: 'change-1' } as const;
  const twice = [
    ...planned({ job: { changeId: 'change-1', at: 'first' } }, 'preflightRotation'),
    { eventId: 11n, activityTaskScheduledEventAttributes: { activityType: { name: 'preflightRotation' } } },
    {
      eventId: 12n,
      activityTaskCompletedEventAttributes: {
        scheduledEventId: 11n,
        result: { payloads: [defaultPayloadConverter.toPayload({ job: { changeId: 'change-1', at: 'last' } })] },
      },
    },
  ];
  const directory = createRunDirectory(clientOf({ [ID]: [{ runId: 'open', status: 'RUNNING', events: twice }] }), IDS);

  test('is the last that its activity planned', async () => {
    expect(await directory.plannedJob(ID, 'open', asked)).toMatchObject({ at: 'last' });
  });

  test.each([
    ['of another change', { ...asked, changeId: 'change-2' }],
    ['of another activity', { ...asked, plannedBy: 'preflight' as const }],
  ])('is asked for again where the history shows one %s', async (_, other) => {
    await expect(directory.plannedJob(ID, 'open', other)).rejects.toMatchObject({
      kind: 'Unavailable',
      retryable: true,
    });
  });
});

describe('the plan of a dead run', () => {
  test('is what its preflight returned, of the run with that change', async () => {
    const runs: readonly Run[] = [
      { runId: 'open', status: 'RUNNING', events: planned(plan('change-1')) },
      { runId: 'newer', status: 'COMPLETED', events: planned(plan('change-2')) },
      { runId: 'dead', status: 'TERMINATED', events: planned(plan('change-1')) },
    ];
    const directory = createRunDirectory(clientOf({ [ID]: runs }), IDS);
    expect(await directory.findPlan('zot', 'change-1')).toMatchObject(plan('change-1'));
    expect(await directory.findPlan('zot', 'change-2')).toMatchObject(plan('change-2'));
  });

  test('is unknown where no run has it, where its preflight did not end, and where its history is gone', async () => {
    const runs: readonly Run[] = [
      { runId: 'early', status: 'TERMINATED', events: planned(plan('change-1')).slice(0, 3) },
      { runId: 'gone', status: 'TERMINATED' },
      { runId: 'other', status: 'FAILED', events: planned(plan('change-2')) },
    ];
    expect(await createRunDirectory(clientOf({ [ID]: runs }), IDS).findPlan('zot', 'change-1')).toBeUndefined();
    expect(await createRunDirectory(clientOf({}), IDS).findPlan('zot', 'change-1')).toBeUndefined();
  });

  test('is that of the run that made the change, not of one that found everything as asked', async () => {
    const runs: readonly Run[] = [
      { runId: 'same', status: 'CANCELED', events: planned({ ...plan('change-1'), unchanged: true }) },
      { runId: 'made', status: 'COMPLETED', events: planned(plan('change-1')) },
    ];
    expect(await createRunDirectory(clientOf({ [ID]: runs }), IDS).findPlan('zot', 'change-1')).toEqual({
      ...plan('change-1'),
      completed: true,
    });
  });

  test.each([
    ['verifyRegistration', 'first', false],
    ['cleanUp', 'first', true],
    ['cleanUp', 'last', false],
  ])('that came as far as %s under land: %s says that it was completed: %s', async (activity, land, completed) => {
    const made = { job: { ...plan('change-1').job, land } };
    const events = [
      ...planned(made),
      { eventId: 20n, activityTaskScheduledEventAttributes: { activityType: { name: activity } } },
      { eventId: 22n, activityTaskCompletedEventAttributes: { scheduledEventId: 20n } },
    ];
    const directory = createRunDirectory(clientOf({ [ID]: [{ runId: 'r', status: 'TERMINATED', events }] }), IDS);
    expect(await directory.findPlan('zot', 'change-1')).toEqual({ ...made, completed });
  });

  test.each([
    ['verifyRemoval', {}, false],
    ['removeAccounts', {}, true],
    ['planRemoval', { committed: true }, true],
  ])(
    'of a deregistration that came as far as %s, %j, says that it was completed: %s',
    async (activity, removal, completed) => {
      const made = { job: { ...plan('change-1').job, land: 'first', removal } };
      const events = [
        ...planned(made, 'planRemoval'),
        { eventId: 20n, activityTaskScheduledEventAttributes: { activityType: { name: activity } } },
      ];
      const directory = createRunDirectory(clientOf({ [ID]: [{ runId: 'r', status: 'TERMINATED', events }] }), IDS);
      expect(await directory.findPlan('zot', 'change-1')).toEqual({ ...made, completed });
    },
  );

  test('is searched in the newest twenty runs only', async () => {
    const others = Array.from({ length: 20 }, (_each, i) => ({
      runId: `r${i}`,
      status: 'FAILED',
      events: planned(plan(`other-${i}`)),
    }));
    const old = { runId: 'old', status: 'TERMINATED', events: planned(plan('change-1')) };
    expect(
      await createRunDirectory(clientOf({ [ID]: [...others, old] }), IDS).findPlan('zot', 'change-1'),
    ).toBeUndefined();
    const fewer = [...others.slice(1), old];
    expect(await createRunDirectory(clientOf({ [ID]: fewer }), IDS).findPlan('zot', 'change-1')).toEqual({
      ...plan('change-1'),
      completed: false,
    });
  });
});

describe('a history that is too large for one answer', () => {
  const dead = { runId: 'dead', status: 'TERMINATED', events: planned(plan('change-1')) };

  test('is read in smaller ones', async () => {
    const directory = createRunDirectory(clientOf({ [ID]: [{ ...dead, largestPage: 1 }] }), IDS);
    expect(await directory.findPlan('zot', 'change-1')).toMatchObject(plan('change-1'));
  });

  test('is named where one event alone is', async () => {
    const directory = createRunDirectory(clientOf({ [ID]: [{ ...dead, largestPage: 0 }] }), IDS);
    await expect(directory.findPlan('zot', 'change-1')).rejects.toMatchObject({
      system: 'Temporal',
      message:
        'the history of run dead of oidc-client/zot cannot be read: one event of it is larger than an answer may be',
    });
  });
});

test('the search attributes of ours are known, with their types, where the server lists them', async () => {
  const known = async (types: Record<string, number>) => createRunDirectory(clientOf({}, types), IDS).searchable();
  expect(await known({ OidcClient: 2, Other: 2 })).toEqual({ OidcClient: 'Keyword' });
  expect(await known({ OidcClient: 1, OidcPhase: 2, OidcOutcome: 99 })).toEqual({
    OidcClient: 'Text',
    OidcPhase: 'Keyword',
    OidcOutcome: '99',
  });
});

describe('what was there before the registration that stands', () => {
  const before = { known: true, groups: ['admins'] };
  const registered = { job: { ...plan('change-1').job, before }, unchanged: false };

  test('is that of the run that registered it, not of a repair, which found its own objects', async () => {
    const repair = { job: { ...registered.job, before: { known: true, groups: ['admins', 'zot'] }, repair: {} } };
    const runs: readonly Run[] = [
      { runId: 'repair', status: 'COMPLETED', events: planned({ ...repair, unchanged: false }) },
      { runId: 'made', status: 'COMPLETED', events: planned(registered) },
    ];
    expect(await createRunDirectory(clientOf({ [ID]: runs }), IDS).registeredBefore('zot')).toEqual(before);
  });

  test('is not hidden by years of rotations', async () => {
    const rotations = Array.from({ length: 25 }, (_each, i) => ({
      runId: `r${i}`,
      status: 'COMPLETED',
      type: 'rotateSecret',
      events: [],
    }));
    const runs: readonly Run[] = [...rotations, { runId: 'made', status: 'COMPLETED', events: planned(registered) }];
    expect(await createRunDirectory(clientOf({ [ID]: runs }), IDS).registeredBefore('zot')).toEqual(before);
  });

  test('is not known of a client that was deregistered since', async () => {
    const removed = { job: { ...registered.job, removal: {} }, unchanged: false };
    const runs: readonly Run[] = [
      { runId: 'removed', status: 'COMPLETED', events: planned(removed, 'planRemoval') },
      { runId: 'made', status: 'COMPLETED', events: planned(registered) },
    ];
    expect(await createRunDirectory(clientOf({ [ID]: runs }), IDS).registeredBefore('zot')).toBeUndefined();
  });
});
