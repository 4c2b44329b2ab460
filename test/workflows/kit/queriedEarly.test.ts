import { setTimeout as sleep } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { failure, fakeActivities } from '../fakes.ts';
import { devServer } from '../devServer.ts';

// Whoever starts a run and asks at once how it goes has the query come with the first workflow task. That one then ends as
// soon as it can, and what the run does next stands in a second. Another worker must come to the same by the history.

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await devServer();
});
afterAll(async () => env.teardown());

let queues = 0;
const workflowBundle = { codePath: inject('workflowBundle') };

/** What the command line asks, or Temporal's UI of any workflow. */
const [PROGRESS, ANY] = ['progress', '__temporal_workflow_metadata'];

it.each([
  ['registerClient', PROGRESS],
  ['deregisterClient', PROGRESS],
  ['rotateSecret', PROGRESS],
  ['checkClient', ANY],
  ['checkAllClients', ANY],
  ['planClient', ANY],
])('%s is replayed after a query at its start', async (type, query) => {
  const { activities } = fakeActivities('last');
  const { view, end } = await replayed(type, query, activities);
  expect(await end).toBe('ended well');
  expect(await view).toMatchObject(query === PROGRESS ? { client: 'zot' } : {});
});

it('a run that fails at its very start is replayed after a query, too', async () => {
  const describeInstallation = async () => Promise.reject(failure('Unauthorized', 'no', { untouched: true }));
  const { activities, journal } = fakeActivities('last', { describeInstallation });
  const { view, end } = await replayed('registerClient', PROGRESS, activities);
  expect(await end).toBe('failed');
  expect(await view).toMatchObject({ client: 'zot' });
  expect(journal).toContain('notify');
});

/** Runs it under a query that waits at its start, and replays what came of it. */
async function replayed(type: string, query: string, activities: object) {
  const workflowId = 'oidc-client/zot';
  const taskQueue = `early-${type}-${(queues += 1)}`;
  const handle = await env.client.workflow.start(type, { taskQueue, workflowId, args: [{ client: 'zot' }] });
  const view = handle.query(query);
  // The server holds the query, and nobody has polled for the task yet.
  await sleep(500);
  const end = handle.result().then(
    () => 'ended well',
    () => 'failed',
  );
  const worker = await Worker.create({ connection: env.nativeConnection, taskQueue, activities, workflowBundle });
  await worker.runUntil(async () => Promise.all([view, end]));
  const history = await handle.fetchHistory();
  await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
  return { view, end };
}
