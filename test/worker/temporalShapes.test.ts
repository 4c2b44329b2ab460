import type { Client } from '@temporalio/client';
import { defaultDataConverter, defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import type { RunDirectory } from '../../activities/deps.ts';
import { createRunDirectory } from '../../worker/runDirectory.ts';
import { toFailure } from '../../worker/interceptors.ts';
import { errorOf } from '../fixtures/errors.ts';
import { grpcError, notFound } from '../fixtures/grpcErrors.ts';
import { IDS } from '../../core/run/ids.ts';

// What is not the form of Temporal's own answer says nothing of what there is.

const ID = 'oidc-client/zot';
const execution = { workflowId: ID, runId: 'r' };
const RUN = { execution, status: 2 };
const CLOSED = { executions: [RUN] };
const token = { nextPageToken: new Uint8Array([1]) };

/** Whether the question that is asked has a limit. */
let limited = false;

/** Of a server that took the question and says nothing. */
async function hangs(): Promise<never> {
  if (!limited) throw new Error('this would be waited for without end');
  return new Promise(() => {});
}

interface Answers {
  readonly describe?: () => object;
  readonly list?: (asked: { readonly nextPageToken?: Uint8Array }) => object;
  readonly history?: () => object;
  readonly attributes?: () => object;
}

/** A server that knows of one closed run, but for these answers. */
function directoryOf({ describe: told, list, history, attributes }: Answers): RunDirectory {
  const client = {
    options: { namespace: 'default', loadedDataConverter: defaultDataConverter },
    withDeadline: async (_until: number, ask: () => Promise<unknown>) => {
      limited = true;
      const answer = ask();
      limited = false;
      // What is answered is there before.
      const late = new Promise((_, reject) => {
        setImmediate(() => reject(grpcError(4, 'Deadline exceeded')));
      });
      return Promise.race([answer, late]);
    },
    workflowService: {
      describeWorkflowExecution: async () => (told ?? (() => ({ workflowExecutionInfo: RUN })))(),
      listWorkflowExecutions: async (asked: object) => (list ?? (() => CLOSED))(asked),
      getWorkflowExecutionHistory: async () => (history ?? (() => ({ history: { events: planned({}) } })))(),
    },
    connection: {
      operatorService: { listSearchAttributes: async () => (attributes ?? (() => ({ customAttributes: {} })))() },
    },
  } as unknown as Client;
  return createRunDirectory(client, IDS);
}

/** The events of a run whose preflight returned this. */
function planned(plan: unknown, payloads: readonly unknown[] = [defaultPayloadConverter.toPayload(plan)]): object[] {
  return [
    { eventId: 1n },
    { eventId: 2n, activityTaskScheduledEventAttributes: { activityType: { name: 'preflight' } } },
    { eventId: 3n, activityTaskCompletedEventAttributes: { scheduledEventId: 2n, result: { payloads } } },
  ];
}

const throwing = (error: Error) => (): never => {
  throw error;
};
const events = (list: readonly object[], more: object = {}) => ({
  history: () => ({ history: { events: list }, ...more }),
});

type Asking = Exclude<keyof RunDirectory, 'idOf'>;

const METHODS: Readonly<Record<Asking, (runs: RunDirectory) => Promise<unknown>>> = {
  isOpen: (runs) => runs.isOpen(ID),
  endedWell: (runs) => runs.endedWell(ID, 'r'),
  findPlan: (runs) => runs.findPlan('zot', 'change-1'),
  plannedJob: (runs) => runs.plannedJob(ID, 'r', { plannedBy: 'preflight', changeId: 'change-1' }),
  interruptedPlan: (runs) => runs.interruptedPlan('zot'),
  registeredBefore: (runs) => runs.registeredBefore('zot'),
  registeredAs: (runs) => runs.registeredAs('zot'),
  openRuns: (runs) => runs.openRuns(),
  // Where the server does not tell, runs go without the attribute.
  searchable: (runs) => runs.searchable(),
};
const OF_RUNS_FOUND = ['findPlan', 'interruptedPlan', 'registeredBefore', 'registeredAs'] as const;
const BY_HISTORY = [...OF_RUNS_FOUND, 'plannedJob'] as const;
const BY_LIST = [...OF_RUNS_FOUND, 'openRuns'] as const;

const CASES: readonly (readonly [string, readonly Asking[], Answers])[] = [
  ['an empty answer', ['isOpen'], { describe: () => ({}) }],
  ['a run without a status', ['isOpen'], { describe: () => ({ workflowExecutionInfo: { execution } }) }],
  [
    'a status of a newer server',
    ['isOpen'],
    { describe: () => ({ workflowExecutionInfo: { execution, status: 99 } }) },
  ],
  [
    'another run than was asked for',
    ['isOpen'],
    { describe: () => ({ workflowExecutionInfo: { execution: { workflowId: 'x', runId: 'r' }, status: 2 } }) },
  ],
  ['a row without its ids', BY_LIST, { list: () => ({ executions: [{ status: 2 }] }) }],
  ['a row without a status', BY_LIST, { list: () => ({ executions: [{ execution }] }) }],
  ['a list whose pages never end', BY_LIST, { list: () => ({ executions: [], ...token }) }],
  ['a list of the same page for ever', ['openRuns'], { list: () => ({ ...CLOSED, ...token }) }],
  ['an empty history', BY_HISTORY, { history: () => ({}) }],
  ['a history whose pages never end', BY_HISTORY, events([], token)],
  ['a history of the same page for ever', BY_HISTORY, events(planned({}), token)],
  ['a history that begins in its midst', BY_HISTORY, events(planned({}).slice(1))],
  ['a history with a hole', BY_HISTORY, events(planned({}).filter((_event, i) => i !== 1))],
  ['a plan that is null', BY_HISTORY, events(planned(null))],
  ['a plan without a job', BY_HISTORY, events(planned({}))],
  ['a plan that is absent', BY_HISTORY, events(planned(null, []))],
  [
    'a plan that another codec has written',
    BY_HISTORY,
    events(planned(null, [{ metadata: { encoding: Buffer.from('binary/encrypted') }, data: new Uint8Array([1]) }])),
  ],
];

test('has no method that is not tried here', () => {
  expect(Object.keys(directoryOf({})).toSorted()).toEqual(['idOf', ...Object.keys(METHODS)].toSorted());
});

test.each(CASES)('%s is no answer', async (_what, methods, answers) => {
  for (const method of methods) {
    const error = await errorOf(METHODS[method](directoryOf(answers)));
    expect.soft(error, method).toMatchObject({ system: 'Temporal', kind: 'Unavailable', retryable: true });
  }
});

describe.each<[string, keyof Answers, readonly Asking[]]>([
  ['a description', 'describe', ['isOpen']],
  ['a list', 'list', BY_LIST],
  ['a history', 'history', BY_HISTORY],
])('where %s is asked for', (_what, answer, methods) => {
  test.each([
    ['a namespace that is not known', grpcError(5, 'Namespace other is not found.', 'NamespaceNotFoundFailure')],
    ['what a proxy has not found', grpcError(5, 'no such route')],
    ['the 404 of a web server', grpcError(12, 'Received HTTP status code 404')],
    ['too many requests', grpcError(8, 'namespace rate limit exceeded')],
    ['a server that is down', grpcError(14, 'No connection established')],
    ['an answer too late', grpcError(4, 'Deadline exceeded')],
  ])('%s never reads as "there is none", and is waited out', async (_error, error) => {
    for (const method of methods) {
      const failed = await METHODS[method](directoryOf({ [answer]: throwing(error) })).then(
        () => undefined,
        (thrown: unknown) => toFailure(thrown),
      );
      expect.soft(failed, method).toMatchObject({ type: 'Unavailable', nonRetryable: false });
    }
  });
});

test.each<[string, Asking, Answers]>([
  ['a description', 'isOpen', { describe: hangs }],
  ['a list', 'openRuns', { list: hangs }],
  ['a history', 'plannedJob', { history: hangs }],
  ['the list of attributes', 'searchable', { attributes: hangs }],
])('%s that does not come is given up in time', async (_what, method, answers) => {
  const failed = await METHODS[method](directoryOf(answers)).then(
    () => undefined,
    (thrown: unknown) => toFailure(thrown),
  );
  expect(failed).toMatchObject({ type: 'Unavailable', nonRetryable: false });
});

test('Temporal itself says that there is no run, and that a history is past its retention', async () => {
  expect(await METHODS.isOpen(directoryOf({ describe: throwing(notFound()) }))).toBe(false);
  const gone = directoryOf({ history: throwing(notFound()) });
  for (const method of OF_RUNS_FOUND) expect(await METHODS[method](gone)).toBeUndefined();
  // That of an activity's own run is there.
  await expect(gone.plannedJob(ID, 'r', { plannedBy: 'preflight', changeId: 'change-1' })).rejects.toMatchObject({
    kind: 'Unavailable',
  });
});

test('a run that stands on two pages of a list, for it ended meanwhile, is one', async () => {
  const other = { execution: { workflowId: 'oidc-client/other', runId: 's' }, status: 1 };
  const list: Answers['list'] = ({ nextPageToken }) =>
    nextPageToken === undefined ? { executions: [RUN], ...token } : { executions: [RUN, other] };
  expect(await directoryOf({ list }).openRuns()).toEqual([ID, 'oidc-client/other']);
});
