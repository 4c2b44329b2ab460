import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Activities } from '../../activities/createActivities.ts';
import { strandedAmong } from '../../client/doctor/stranded.ts';
import { pollingOf } from '../../client/doctor/temporal.ts';
import type { ProgressView } from '../../core/run/progress.ts';
import { timingsSchema } from '../../core/installation/timings.ts';
import { versioningOptions } from '../../worker/versioning.ts';
import { eventually } from '../fixtures/polling.ts';
import { failure, fakeActivities, preflightForPeople } from './fakes.ts';
import { devServer } from './devServer.ts';
import { IDS } from '../../core/run/ids.ts';

// What becomes of open runs, one in each kind of wait, when a worker of another build comes and the old one goes.

let env: TestWorkflowEnvironment;
let versioned: WorkflowBundleWithSourceMap;
beforeAll(async () => {
  const workflowsPath = fileURLToPath(new URL('../../workflows/versioned.ts', import.meta.url));
  versioned = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  env = await devServer();
});
const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const stop of stops) await stop();
  await env.teardown();
});

/** Temporal's CLI, as an operator types it. */
async function temporal(command: string): Promise<true> {
  const [program, ...args] = command.split(' ');
  expect(program).toBe('temporal');
  await execa(inject('temporalCli'), [...args, '--address', env.address]);
  return true;
}

const notYet = () => failure('NotYet', 'not yet', { retryable: true });

/** Which clients wait for what, and what has been let through. */
class Waits {
  open = false;
  leftMayGoOn = false;

  /** Fails like a look that finds nothing yet. */
  async passed(): Promise<void> {
    if (!this.open) throw notYet();
  }

  get activities(): Partial<Activities> {
    const short = { turnPollMs: 50, mergePollMs: 50, retryInitialMs: 50, retryMaximumMs: 50 };
    const proposal = { branch: 'proposal', commit: 'abc' };
    return {
      describeInstallation: async () => ({
        digest: 'digest',
        land: 'last',
        applications: ['authentik'],
        timings: timingsSchema.parse(short),
        searchable: false,
      }),
      preflight: preflightForPeople,
      acquireTurn: async ({ client, changeId }) => {
        if (client === 'turn') await this.passed();
        if (client === 'left' && !this.leftMayGoOn) throw notYet();
        return { changeId, note: '' };
      },
      pollBlueprintStatus: async () => {
        if (clientHere() === 'roll-out') await this.passed();
        return {};
      },
      landChange: async () =>
        clientHere() === 'merge'
          ? { state: 'proposed', proposal, note: '' }
          : { state: 'landed', commit: 'abc', note: '' },
      awaitMerge: async () => {
        await this.passed();
        return { state: 'landed', commit: 'abc', note: '' };
      },
    };
  }
}

const clientHere = (): string => Context.current().info.workflowExecution?.workflowId.split('/').at(-1) ?? '';

const BY_HAND = { index: 0, name: 'Ansible role zot', by: 'person', byHand: 'do it', probed: false } as const;

/** A worker until it is stopped, of a build or of none. */
async function startWorker(identity: string, waits: Waits, buildId?: string) {
  const { activities } = fakeActivities('last', waits.activities, false, [BY_HAND]);
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: IDS.taskQueue,
    identity,
    activities,
    workflowBundle: buildId === undefined ? { codePath: inject('workflowBundle') } : versioned,
    // Whoever takes over need not wait for the one that is gone.
    stickyQueueScheduleToStartTimeout: '1 second',
    ...versioningOptions(buildId === undefined ? undefined : { deploymentName: 'oidc-registrar', buildId }),
  });
  const running = worker.run();
  await eventually(
    () => pollingOf(env.client),
    ({ pollers }) => pollers.some((poller) => poller.identity === identity),
  );
  const stop = async (): Promise<void> => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
  };
  stops.push(stop);
  return { stop };
}

/** The activity that each of the runs has come to. */
const WAITS_AT = { turn: 'acquireTurn', 'roll-out': 'pollBlueprintStatus', merge: 'awaitMerge' } as const;

const start = async (type: string, client: string, workflowId = `oidc-client/${client}`): Promise<WorkflowHandle> =>
  env.client.workflow.start(type, { taskQueue: IDS.taskQueue, workflowId, args: [{ client }] });

async function untilRepeated(run: WorkflowHandle, activity: string): Promise<void> {
  await eventually(
    async () => (await run.describe()).raw.pendingActivities ?? [],
    (pending) => pending.some(({ activityType, attempt }) => activityType?.name === activity && (attempt ?? 0) > 1),
  );
}

async function untilAsks(run: WorkflowHandle, what: 'ready' | 'confirm'): Promise<void> {
  const waitsFor = async () => (await run.query<ProgressView>('progress').catch(() => undefined))?.waitsForPeople?.what;
  await eventually(waitsFor, (found) => found === what);
}

/** A run in each kind of wait. The rotation is started as a Schedule does it, under an id of its own. */
async function startAll(): Promise<ReadonlyMap<string, WorkflowHandle>> {
  const runs = new Map<string, WorkflowHandle>();
  for (const [client, activity] of Object.entries(WAITS_AT)) {
    const run = await start('registerClient', client);
    runs.set(client, run);
    await untilRepeated(run, activity);
  }
  await start('rotateSecret', 'ready', 'oidc-rotate/ready-2026-11-30T10:00:00Z');
  const rotation = env.client.workflow.getHandle('oidc-client/ready');
  runs.set('ready', rotation);
  await untilAsks(rotation, 'ready');
  return runs;
}

/** Who completed the workflow tasks of a run after the first. */
async function workersOf(run: WorkflowHandle): Promise<readonly string[]> {
  const { events } = await run.fetchHistory();
  const all = (events ?? []).flatMap((event) => event.workflowTaskCompletedEventAttributes?.identity ?? []);
  return [...new Set(all)];
}

/** Ends every wait, and answers how the runs ended. */
async function finish(waits: Waits, runs: ReadonlyMap<string, WorkflowHandle>): Promise<readonly string[]> {
  waits.open = true;
  for (const what of ['ready', 'confirm'] as const) {
    const rotation = env.client.workflow.getHandle('oidc-client/ready');
    await untilAsks(rotation, what);
    await rotation.executeUpdate(what);
  }
  const results = await Promise.all([...runs.values()].map((run) => run.result()));
  return results.map((result) => (result as { readonly outcome: string }).outcome);
}

const ENDS = ['registered', 'registered', 'registered', 'rotated'];

it('without versions the worker that is left finishes every run', async () => {
  const waits = new Waits();
  const old = await startWorker('old', waits);
  const runs = await startAll();
  await old.stop();
  const younger = await startWorker('younger', waits);

  expect(await finish(waits, runs)).toEqual(ENDS);
  for (const run of runs.values()) expect((await workersOf(run)).at(-1)).toBe('younger');
  await younger.stop();
});

it('with versions each run is finished by the build that began it, and one whose build is gone is given to another', async () => {
  const waits = new Waits();
  const old = await startWorker('of build 1', waits, '1');
  await makeCurrent('1');
  const runs = await startAll();
  const left = await start('registerClient', 'left');
  await untilRepeated(left, 'acquireTurn');

  const younger = await startWorker('of build 2', waits, '2');
  await makeCurrent('2');
  const later = await start('registerClient', 'later');
  await later.result();
  expect(await workersOf(later)).toEqual(['of build 2']);
  expect(await finish(waits, runs)).toEqual(ENDS);
  for (const run of runs.values()) expect(await workersOf(run)).toEqual(['of build 1']);
  expect(await strandedAmong(env.client, [await left.describe()])).toEqual([]);

  await old.stop();
  // Temporal lists a worker for a while after it has gone.
  const [stranded] = await strandedAmong(env.client, [await left.describe()], async (client) => {
    const { pollers, current } = await pollingOf(client);
    return { current, pollers: pollers.filter(({ identity }) => identity !== 'of build 1') };
  });
  expect(stranded).toMatchObject({ workflowId: 'oidc-client/left', version: { buildId: '1' } });
  waits.leftMayGoOn = true;
  await temporal(stranded?.move ?? '');
  await left.result();
  expect((await workersOf(left)).at(-1)).toBe('of build 2');
  await younger.stop();
});

/** New runs go to this build. */
async function makeCurrent(buildId: string): Promise<void> {
  const command = `temporal worker deployment set-current-version --deployment-name oidc-registrar --build-id ${buildId} --yes`;
  // Temporal notes what a build polls a moment after its first poll.
  await eventually(() => temporal(command).then(Boolean, () => false), Boolean);
  await eventually(
    () => pollingOf(env.client),
    ({ current }) => current?.buildId === buildId,
  );
}
