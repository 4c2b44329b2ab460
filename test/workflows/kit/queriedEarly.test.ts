import { setTimeout as sleep } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { fakeActivities } from '../fakes.ts';
import { devServer } from '../devServer.ts';

// Whoever starts a run and asks at once how it goes has the query come with the first workflow task. That one then ends as
// soon as it can, and what the run does next stands in a second. Another worker must come to the same by the history.

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await devServer();
});
afterAll(async () => env.teardown());

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
  const workflowId = 'oidc-client/zot';
  const taskQueue = `early-${type}`;
  const handle = await env.client.workflow.start(type, { taskQueue, workflowId, args: [{ client: 'zot' }] });
  const view = handle.query(query);
  // The server holds the query, and nobody has polled for the task yet.
  await sleep(500);
  const { activities } = fakeActivities('last');
  const worker = await Worker.create({ connection: env.nativeConnection, taskQueue, activities, workflowBundle });
  await worker.runUntil(async () => Promise.all([view, handle.result()]));
  const history = await handle.fetchHistory();
  await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
  expect(await view).toMatchObject(query === PROGRESS ? { client: 'zot' } : {});
});
