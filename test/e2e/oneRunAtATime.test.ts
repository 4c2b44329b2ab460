import { afterEach, expect, it, vi } from 'vitest';
import { knownToTemporal } from '../../client/knownToTemporal.ts';
import { openRuns } from '../../client/runs.ts';
import { idsOf } from '../../core/run/ids.ts';
import type { WorkflowHandle } from '@temporalio/client';
import type { RegisterResult } from '../../core/run/reports.ts';
import { sleep } from '../../sandbox/kit/loop.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { eventually } from '../fixtures/polling.ts';
import { holdStep, watching } from './holds.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

afterEach(() => vi.unstubAllEnvs());

it('refuses a second run of the same client under another id, by name; one that a Schedule has started waits', async () => {
  const done = watching(bed.world);
  await holdStep(bed.world, 'preflight', { land: 'last', ms: 0 });
  const first = await bed.start('zot');
  await bed.untilRunning(first, 'preflight');

  const other = await bed.start('zot', { client: 'zot' }, 'my-own-id');
  const refused = await bed.failure(other);
  expect(refused.type).toBe('AlreadyRunning');
  expect(refused.message).toContain('oidc-client/zot');

  const scheduled = await startBySchedule(bed);
  await eventually(
    async () => (await scheduled.fetchHistory()).events ?? [],
    (events) => events.some(({ timerStartedEventAttributes: timer }) => timer),
  );

  done();
  expect((await bed.result(first)).outcome).toBe('registered');
  expect((await bed.result(scheduled)).outcome).toBe('unchanged');
});

it('another installation of the namespace has runs, checks and a list of its own', async () => {
  const east = idsOf('east');
  const own = await bed.register('zot');
  vi.stubEnv('REGISTRAR_INSTALLATION', 'east');
  const stop = await bed.startWorker({ env: { REGISTRAR_INSTALLATION: 'east' } });
  expect(await openRuns(bed.client)).toEqual([]);
  expect([...(await knownToTemporal(bed.client)).keys()]).toEqual([]);

  await holdStep(bed.world, 'preflight', { land: 'last', ms: 0 });
  const options = { taskQueue: east.taskQueue, workflowId: 'my-own-id', args: [{ client: 'zot' }] };
  const handle = await bed.client.workflow.start('registerClient', options);
  await bed.untilRunning(bed.client.workflow.getHandle('east/oidc-client/zot'), 'preflight');
  const seen = await eventually(
    async () => (await openRuns(bed.client)).map(({ workflowId }) => workflowId),
    ({ length }) => length > 0,
  );
  expect(seen).toEqual(['east/oidc-client/zot']);
  vi.unstubAllEnvs();
  expect(await openRuns(bed.client)).toEqual([]);
  await bed.heal();
  expect((await bed.result(handle)).outcome).toBe('unchanged');

  const { lastRun } = (await knownToTemporal(bed.client)).get('zot') ?? {};
  expect(lastRun?.outcome).toBe(own.outcome);

  // They share an Application here: one waits for the other's run of the same client, and never goes on with it.
  const theirs = 'oidc-client/zot';
  const lease = leaseOf(theirs, 'zot');
  await bed.world.argocd.create(lease);
  const nobodys = { taskQueue: 'nobody-listens-here', workflowId: theirs, args: [{ client: 'zot' }] };
  const holder = await bed.client.workflow.start('registerClient', nobodys);
  const waits = await bed.client.workflow.start('registerClient', { ...options, workflowId: 'east/oidc-client/zot' });
  const heldUp = async () => (await waits.describe()).raw.pendingActivities?.map((each) => each.lastFailure?.message);
  await eventually(heldUp, (told = []) => told.some((words) => words?.includes(`is held by ${theirs} (`)));
  await holder.terminate();
  await waits.signal('recheck');
  const refused = await bed.failure(waits);
  expect(refused.type).toBe('Refused');
  expect(refused.message).toContain('a run of another installation');
  await bed.world.argocd.delete({ ...lease, ...lease.metadata });
  await stop();
});

it('runs under the canonical id where it was started under another, and passes the result on', async () => {
  const handle = await bed.start('zot', { client: 'zot' }, 'yet-another-id');

  const result = await bed.result(handle);

  expect(result.outcome).toBe('unchanged');
  const child = bed.client.workflow.getHandle('oidc-client/zot');
  expect(((await child.result()) as RegisterResult).changeId).toBe(result.changeId);
});

it('rolls the child back where the run that started it under another id is cancelled', async () => {
  const client = clientNamed('orphan');
  await bed.world.settled();
  const before = await bed.world.snapshot();
  const done = watching(bed.world);
  await holdStep(bed.world, 'verifyRegistration', { land: 'last' });
  const parent = await bed.start('orphan', client, 'started-by-somebody');
  const child = bed.client.workflow.getHandle('oidc-client/orphan');
  await bed.until(
    child,
    (view) => view.steps.some((step) => step.name === 'verifyRegistration' && step.state === 'running'),
    'the child',
  );

  await parent.cancel();
  await eventually(
    async () => (await child.fetchHistory()).events ?? [],
    (events) => events.some(({ workflowExecutionCancelRequestedEventAttributes: asked }) => asked),
  );
  done();

  expect((await bed.failure(parent)).cancelled).toBe(true);
  expect((await bed.failure(child)).cancelled).toBe(true);
  await bed.expectAsBefore(before);
});

it('lets two clients queue for the turn, and both end well', async () => {
  const base = await bed.world.repository.head();
  const clients = [clientNamed('left'), clientNamed('right')];

  const handles = await Promise.all(clients.map((client) => bed.start(client.metadata.name, client)));
  const results = await Promise.all(handles.map((handle) => bed.result(handle)));

  expect(results.map((result) => result.outcome)).toEqual(['registered', 'registered']);
  const landed = await bed.landedSince(base);
  expect(landed).toHaveLength(6);
  const [left] = clients;
  if (left !== undefined) expect((await bed.register('left', left)).outcome).toBe('unchanged');
});

it('looks at a busy turn at once when it is told to recheck', async () => {
  const client = clientNamed('patient');
  const base = await bed.world.repository.head();
  await bed.world.argocd.create(leaseOf('oidc-client/somebody-else', 'somebody-else'));
  const handle = await bed.start('patient', client);
  const holder = bed.client.workflow.start('registerClient', {
    taskQueue: 'nobody-listens-here',
    workflowId: 'oidc-client/somebody-else',
    args: [{ client: 'somebody-else' }],
  });
  await holder;
  await bed.untilRunning(handle, 'acquireTurn');
  await sleep(500);
  await (await holder).terminate();

  await handle.signal('recheck');

  expect((await bed.result(handle)).outcome).toBe('registered');
  expect(await bed.landedSince(base)).toHaveLength(3);
});

/** Held by a run of another client, or of another installation, that is open, then gone, and that never made a branch. */
function leaseOf(workflowId: string, client: string) {
  const changeId = '00000000-0000-4000-8000-000000000000';
  const holder = { workflowId, runId: '', client, changeId, branch: `oidc-registrar/${client}-${changeId}` };
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: 'oidc-registrar-authentik',
      namespace: 'argocd',
      annotations: { 'oidc-registrar/holder': JSON.stringify(holder) },
    },
    spec: { holderIdentity: workflowId },
  };
}

async function startBySchedule({ client }: TestBed): Promise<WorkflowHandle> {
  const schedule = await client.schedule.create({
    scheduleId: 'nightly-zot',
    spec: { intervals: [{ every: '24 hours' }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'registerClient',
      taskQueue: 'oidc-registrar',
      workflowId: 'nightly-zot',
      args: [{ client: 'zot' }],
    },
  });
  await schedule.trigger();
  const started = async () => (await schedule.describe()).info.recentActions[0]?.action.workflow;
  const workflow = await eventually(started, (found) => found !== undefined);
  await schedule.delete();
  return client.workflow.getHandle(workflow?.workflowId ?? '');
}
