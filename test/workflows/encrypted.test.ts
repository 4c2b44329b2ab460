import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Context } from '@temporalio/activity';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { type DataConverter, defineSearchAttributeKey } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { failureOf } from '../../client/output/failure.ts';
import { retriesOf } from '../../client/output/retries.ts';
import { taskFailure } from '../../client/taskFailure.ts';
import { timingsSchema } from '../../core/installation/timings.ts';
import { staticWords } from '../../core/run/staticWords.ts';
import { createRunDirectory } from '../../worker/runDirectory.ts';
import { eventually } from '../fixtures/polling.ts';
import { failure, fakeActivities, preflightForPeople } from './fakes.ts';
import { devServer } from './devServer.ts';
import { IDS } from '../../core/run/ids.ts';

// What Temporal, and whoever reads its database, still reads of a run where an operator's codec encrypts.

const CLIENT = 'orchardnotes';
const WORDS = 'the bees object';

let env: TestWorkflowEnvironment;
let dataConverter: DataConverter;
let plain: DataConverter;
let encoding: WorkflowBundleWithSourceMap;
/** As an operator's programs have it, and as those have it of whom nobody told them. */
let client: Client;
let untold: Client;
let changeId = '';
beforeAll(async () => {
  process.env['TEMPORAL_PAYLOAD_KEY'] = randomBytes(32).toString('base64');
  // Temporal's SDK requires the converter of failures as a file, which is JavaScript where it is built.
  const built = pathToFileURL(path.join(inject('built'), 'integrations/temporal/dataConverter.js')).href;
  const { loadDataConverter } = (await import(built)) as typeof import('../../integrations/temporal/dataConverter.ts');
  const file = fileURLToPath(new URL('../fixtures/encryptingConverter.mjs', import.meta.url));
  dataConverter = await loadDataConverter({ TEMPORAL_DATA_CONVERTER: file });
  plain = await loadDataConverter({});
  const { failureConverterPath = '' } = dataConverter;
  const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));
  encoding = await bundleWorkflowCode({ workflowsPath, failureConverterPath, logger: new DefaultLogger('WARN') });
  env = await devServer([defineSearchAttributeKey('OidcClient', 'KEYWORD')]);
  const { connection, namespace = 'default' } = env;
  client = new Client({ connection, namespace, dataConverter });
  untold = new Client({ connection, namespace, dataConverter: plain });
});
afterAll(async () => {
  delete process.env['TEMPORAL_PAYLOAD_KEY'];
  await env.teardown();
});

/** Activities of a run that waits for its merge until it may end, and ends as it is told to. */
function waiting(ends: 'well' | 'failed') {
  const merge = { waits: true };
  const { activities } = fakeActivities('last', {
    describeInstallation: async () => ({
      digest: 'digest',
      land: 'last',
      applications: [],
      timings: timingsSchema.parse({ mergePollMs: 50 }),
      searchable: true,
    }),
    landChange: async () => ({ state: 'proposed', proposal: { branch: CLIENT, commit: 'c' }, note: WORDS }),
    awaitMerge: async () => {
      Context.current().heartbeat({ waiting: WORDS });
      if (merge.waits) throw failure('NotYet', `${CLIENT}: ${WORDS}`, { retryable: true });
      if (ends === 'failed') throw failure('Failed', `${CLIENT}: ${WORDS}`);
      return { state: 'landed', commit: CLIENT, note: WORDS };
    },
    preflight: async (request) => {
      ({ changeId } = request);
      const plan = await preflightForPeople(request);
      return { ...plan, job: { ...plan.job, client: CLIENT } };
    },
    notify: async () => undefined,
  });
  return { activities, merge };
}

type Activities = ReturnType<typeof waiting>['activities'];

async function workerOf(taskQueue: string, activities: Activities, converter = dataConverter): Promise<Worker> {
  const bundle = converter === plain ? { codePath: inject('workflowBundle') } : encoding;
  const { nativeConnection: connection } = env;
  return Worker.create({ connection, taskQueue, activities, dataConverter: converter, workflowBundle: bundle });
}

const start = async (taskQueue: string): Promise<WorkflowHandle> =>
  client.workflow.start('registerClient', {
    taskQueue,
    workflowId: `oidc-client/${CLIENT}`,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    ...staticWords('registerClient', WORDS, CLIENT),
    memo: { note: WORDS },
    args: [{ client: CLIENT }],
  });

/** A run that waits, is looked at, and ends. */
async function run(
  ends: 'well' | 'failed',
  during: (handle: WorkflowHandle) => Promise<void>,
): Promise<WorkflowHandle> {
  const { activities, merge } = waiting(ends);
  const worker = await workerOf(ends, activities);
  return worker.runUntil(async () => {
    const handle = await start(ends);
    await eventually(messages(handle), (all) => all.includes(`${CLIENT}: ${WORDS}`));
    await during(handle);
    merge.waits = false;
    await handle.result().catch(() => undefined);
    return handle;
  });
}

/** What people are told of what the run tries again. */
const messages = (handle: WorkflowHandle) => async () =>
  (await retriesOf(client.workflow, await handle.describe())).map(({ message }) => message);

/** Where an event says one of these words, as `workflowExecutionStartedEventAttributes.workflowId`. */
function saying(value: unknown, words: readonly string[], at = ''): readonly string[] {
  if (typeof value === 'string') return words.some((word) => value.includes(word)) ? [at] : [];
  if (value instanceof Uint8Array) return saying(Buffer.from(value).toString('latin1'), words, at);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    saying(each, words, at === '' || /^\d+$/.test(name) ? at || name : `${at}.${name}`),
  );
}

/** The parts of a run that say its client or its words to whoever asks Temporal, or reads its database. */
async function readable({ workflowId }: WorkflowHandle): Promise<ReadonlySet<string>> {
  const { namespace } = client.options;
  const { events } = await untold.workflow.getHandle(workflowId).fetchHistory();
  const described = await client.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId } });
  const all = [...(events ?? []), described].flatMap((part) => Object.entries(part));
  return new Set(all.flatMap(([name, value]) => saying(value, [CLIENT, WORDS], name)));
}

/** Ids and search attributes, in the history and in what is told of the run. */
const STAYS = new Set([
  'workflowExecutionStartedEventAttributes.workflowId',
  'upsertWorkflowSearchAttributesEventAttributes.searchAttributes.indexedFields.OidcClient.data',
  'workflowExecutionInfo.execution.workflowId',
  'workflowExecutionInfo.rootExecution.workflowId',
  'workflowExecutionInfo.searchAttributes.indexedFields.OidcClient.data',
]);

it('a run shows its id and its search attributes, while it waits and when it has ended well', async () => {
  const handle = await run('well', async (open) => {
    expect(await readable(open)).toEqual(STAYS);
  });
  expect(await readable(handle)).toEqual(STAYS);
  // What reads histories reads it.
  expect(await handle.result()).toMatchObject({ outcome: 'registered' });
  const found = await createRunDirectory(client, IDS).findPlan(handle.workflowId.replace('oidc-client/', ''), changeId);
  expect(found?.job).toMatchObject({ client: CLIENT, changeId });
});

it('one that fails shows no more, and a command line without the converter says what it lacks', async () => {
  const lacks = /encoded as "binary\/encrypted" .* TEMPORAL_DATA_CONVERTER names none/;
  const theirs = ({ workflowId }: WorkflowHandle) => untold.workflow.getHandle(workflowId);
  const handle = await run('failed', async (open) => {
    await expect(theirs(open).query('progress')).rejects.toThrow(lacks);
    await expect(theirs(open).describe()).rejects.toThrow(lacks);
  });
  expect(await readable(handle)).toEqual(STAYS);
  const error: unknown = await handle.result().catch((reason: unknown) => reason);
  expect(failureOf(error).message).toContain(WORDS);
  await expect(theirs(handle).result()).rejects.toThrow(lacks);
});

it('a worker without the converter fails no run: it is told why it stands still, and another worker ends it', async () => {
  const { activities, merge } = waiting('well');
  merge.waits = false;
  const without = await workerOf('mixed', activities, plain);
  const handle = await start('mixed');
  await without.runUntil(
    eventually(
      () => taskFailure(handle),
      (why) => why?.includes('"binary/encrypted"') === true,
    ),
  );
  const right = await workerOf('mixed', activities);
  expect(await right.runUntil(handle.result())).toMatchObject({ outcome: 'registered' });
});
