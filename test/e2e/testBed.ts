import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { type ActivityInterceptorsFactory, NativeConnection, type Worker } from '@temporalio/worker';
import { parse } from 'yaml';
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest';
import type { RegisterInput } from '../../core/run/requests.ts';
import type { Leftover, RegisterResult } from '../../core/run/reports.ts';
import type { ProgressView } from '../../core/run/progress.ts';
import type { StepName } from '../../core/run/steps.ts';
import type { RotateInput, RotateResult } from '../../core/run/rotation.ts';
import { sampleLayout, type Layout, type LayoutName } from '../../sandbox/world/layout.ts';
import { sleep } from '../../sandbox/kit/loop.ts';
import { programsOf } from '../../sandbox/world/stepFaults.ts';
import { startTemporal, type TemporalServer } from '../../sandbox/temporal/temporal.ts';
import { startWorkerProcess, type WorkerProcess } from '../../sandbox/temporal/workerProcess.ts';
import { World, type WorldOptions } from '../../sandbox/world/world.ts';
import { loadWorkerConfig } from '../../worker/config.ts';
import { createDeps } from '../../worker/createDeps.ts';
import { createWorker } from '../../worker/createWorker.ts';
import { watching } from './holds.ts';
import { logLines } from './logLines.ts';
import { assertNoSecrets, historyTexts } from './secrets.ts';
import { IDS } from '../../core/run/ids.ts';

export interface TestBedOptions extends Partial<Omit<WorldOptions, 'layout' | 'dir'>> {
  readonly layout?: LayoutName | Layout;
  /** In this process (quick), in one of its own (can be killed), or none yet. */
  readonly worker?: 'inProcess' | 'process' | 'none';
  /** With the Temporal UI. */
  readonly ui?: boolean;
  /** Temporal keeps what it stores in the file {@link TestBed.database}, not in memory. */
  readonly database?: boolean;
}

interface InProcess {
  /** Around its activities. */
  readonly activityInterceptors?: readonly ActivityInterceptorsFactory[];
  /** Further variables of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a run failed, taken apart. */
export interface Failed {
  readonly cancelled: boolean;
  readonly type: string;
  readonly message: string;
  readonly undone: readonly string[];
  readonly kept: readonly Leftover[];
}

/** A worker that died is noticed by its silence: short limits keep the tests short. */
export const QUICK_RETRY: NonNullable<WorldOptions['adjust']> = (installation) => ({
  ...installation,
  timings: { ...installation.timings, requestMs: 5_000, heartbeatMs: 2_000 },
});

/** A test bed for the tests that follow, well again after each of them and searched for secrets at the end. */
export function useTestBed(options: TestBedOptions, started: (bed: TestBed) => void): void {
  let bed: TestBed | undefined;
  beforeAll(async () => {
    bed = await TestBed.start(options);
    started(bed);
  });
  afterEach(async () => bed?.heal());
  afterAll(async () => bed?.stop());
}

/** A real Temporal server, a sandbox world and the real worker, for one test file. */
export class TestBed {
  readonly world: World;
  readonly temporal: TemporalServer;
  readonly client: Client;
  /** Where all that the bed starts writes its files. */
  readonly dir: string;
  readonly #connection: Connection;
  readonly #natives: NativeConnection[] = [];
  #stopping = false;
  #path: string | undefined;
  #workers: { stop: () => Promise<void>; kill: () => Promise<void> }[] = [];

  private constructor(dir: string, world: World, temporal: TemporalServer, connection: Connection) {
    this.dir = dir;
    this.world = world;
    this.temporal = temporal;
    this.#connection = connection;
    this.client = new Client({ connection, namespace: temporal.namespace });
  }

  static async start(options: TestBedOptions = {}): Promise<TestBed> {
    const { layout = 'manual', worker = 'inProcess', ui = false, database = false, ...world } = options;
    const dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-test-'));
    const chosen = typeof layout === 'string' ? await sampleLayout(layout) : layout;
    const [temporal, started] = await Promise.all([
      startTemporal({
        cli: inject('temporalCli'),
        ui,
        logFile: path.join(dir, 'temporal.log'),
        ...(database ? { database: databaseIn(dir) } : {}),
      }),
      World.start({ ...world, layout: chosen, dir: path.join(dir, 'world') }),
    ]);
    const connection = await Connection.connect({ address: temporal.address });
    const bed = new TestBed(dir, started, temporal, connection);
    if (worker === 'inProcess') await bed.startWorker();
    if (worker === 'process') await bed.startWorkerProcess();
    return bed;
  }

  /** What Temporal stores, where the bed was asked to keep it. */
  get database(): string {
    return databaseIn(this.dir);
  }

  /** The worker's own code in this process; called again, one more. How to stop it. */
  async startWorker({ activityInterceptors = [], env = {} }: InProcess = {}): Promise<() => Promise<void>> {
    // The programs of the sandbox come first on the PATH that the worker sees.
    this.#path ??= process.env['PATH'] ?? '';
    process.env['PATH'] = `${programsOf(this.world)}${path.delimiter}${this.#path}`;
    // Two workers on one connection are refused.
    const connection = await NativeConnection.connect({ address: this.temporal.address });
    this.#natives.push(connection);
    const config = loadWorkerConfig({ ...this.world.workerEnv, PATH: process.env['PATH'], ...env });
    const worker = await createWorker({
      connection,
      namespace: this.temporal.namespace,
      taskQueue: config.ids.taskQueue,
      deps: await createDeps(config, this.client, { openSdk: this.world.openSdk }),
      workflowBundle: { codePath: inject('workflowBundle') },
      activityInterceptors,
    });
    const running = worker.run();
    const stop = (): Promise<void> => end(worker, running);
    this.#workers.push({ stop, kill: stop });
    return stop;
  }

  /** The real `worker/main.ts`, built, with further variables in its environment; called again, one more of them. */
  async startWorkerProcess(
    further: Readonly<Record<string, string>> = {},
    temporalAddress = this.temporal.address,
  ): Promise<WorkerProcess> {
    const started = await startWorkerProcess({
      env: {
        ...this.world.workerEnv,
        PATH: `${programsOf(this.world)}${path.delimiter}${process.env['PATH'] ?? ''}`,
        REGISTRAR_WORKFLOW_BUNDLE: inject('workflowBundle'),
        ...further,
      },
      temporalAddress,
      built: inject('built'),
      cwd: this.dir,
      logFile: path.join(this.dir, 'worker.log'),
    });
    this.#workers.push(started);
    return started;
  }

  /** SIGKILL, as a machine that loses power. */
  async killWorker(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.kill()));
  }

  async stopWorker(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.stop()));
  }

  async start(
    client: string,
    input: RegisterInput = { client },
    workflowId = IDS.client(client),
  ): Promise<WorkflowHandle> {
    return this.client.workflow.start('registerClient', { taskQueue: IDS.taskQueue, workflowId, args: [input] });
  }

  /** Starts a rotation. */
  async startRotation(
    client: string,
    input: RotateInput = { client },
    workflowId = IDS.client(client),
  ): Promise<WorkflowHandle> {
    return this.client.workflow.start('rotateSecret', { taskQueue: IDS.taskQueue, workflowId, args: [input] });
  }

  /** Rotates and expects it to end well. */
  async rotate(client: string, input?: RotateInput): Promise<RotateResult> {
    return this.resultOf<RotateResult>(await this.startRotation(client, input));
  }

  /** Registers and expects it to end well. */
  async register(client: string, input?: RegisterInput): Promise<RegisterResult> {
    const handle = await this.start(client, input);
    return this.result(handle);
  }

  async result(handle: WorkflowHandle): Promise<RegisterResult> {
    return this.resultOf<RegisterResult>(handle);
  }

  async resultOf<R>(handle: WorkflowHandle): Promise<R> {
    try {
      return (await this.#endOf(handle)) as R;
    } catch (error) {
      throw new Error(`the run failed: ${JSON.stringify(failedOf(error), null, 2)}`, { cause: error });
    }
  }

  /** Registers and expects it to fail. */
  async fail(client: string, input?: RegisterInput): Promise<Failed> {
    return this.failure(await this.start(client, input));
  }

  async failure(handle: WorkflowHandle): Promise<Failed> {
    const ended = await this.#endOf(handle).then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
    if ('error' in ended) return failedOf(ended.error);
    throw new Error(`the run should have failed but ended well: ${JSON.stringify(ended.result)}`);
  }

  /** A test that failed leaves a run unawaited: where the bed ends first, its end never comes, and is no error beside the test's. */
  async #endOf(handle: WorkflowHandle): Promise<unknown> {
    try {
      return await handle.result();
    } catch (error) {
      if (this.#stopping) await new Promise(() => undefined);
      throw error;
    }
  }

  /** Waits until a step of the run has this state; throws what was seen instead. */
  async until(handle: WorkflowHandle, reached: (view: ProgressView) => boolean, what: string): Promise<ProgressView> {
    const seen = watching(this.world);
    try {
      return await this.#until(handle, reached, what);
    } finally {
      seen();
    }
  }

  async #until(handle: WorkflowHandle, reached: (view: ProgressView) => boolean, what: string): Promise<ProgressView> {
    let seen: unknown;
    for (let tries = 0; tries < 500; tries += 1) {
      try {
        const view = await handle.query<ProgressView>('progress');
        if (reached(view)) return view;
        seen = view;
      } catch (error) {
        seen = error;
      }
      // What is held is held until it is seen; who asks all the time keeps the run from getting there.
      await sleep(Math.min(80 + 5 * tries, 250));
    }
    throw new Error(`${what} did not come; last: ${await this.#lastOf(handle, seen)}`, { cause: seen });
  }

  /** Why a run does not go on: what it last showed, its last failed workflow task, and the end of its worker's log. */
  async #lastOf(handle: WorkflowHandle, seen: unknown): Promise<string> {
    const { events } = await handle.fetchHistory();
    const failed = (events ?? []).flatMap((event) => event.workflowTaskFailedEventAttributes ?? []);
    return JSON.stringify({
      seen: seen instanceof Error ? seen.message : seen,
      failed: failed.at(-1),
      log: (await this.workerLog()).slice(-4_000),
    });
  }

  async untilRunning(handle: WorkflowHandle, step: StepName): Promise<ProgressView> {
    return this.until(
      handle,
      (view) => view.steps.some((each) => each.name === step && each.state !== 'pending'),
      `step ${step}`,
    );
  }

  /** Until the run has the turn. */
  async untilItsTurn(handle: WorkflowHandle): Promise<ProgressView> {
    const hasIt = ({ steps }: ProgressView): boolean =>
      steps.some(({ name, state }) => name === 'acquireTurn' && state === 'done');
    return this.until(handle, hasIt, 'the turn');
  }

  /** Nothing differs from a snapshot taken before. */
  async expectAsBefore(before: unknown): Promise<void> {
    await this.world.settled();
    expect(withoutHead(this.world, await this.world.snapshot())).toEqual(withoutHead(this.world, before));
  }

  /** Commits of the target branch since one. */
  async landedSince(base: string): Promise<readonly string[]> {
    return this.world.repository.log(`${base}..${this.world.repository.branch}`);
  }

  /** Requests that wrote to the vault so far. */
  vaultWrites(): number {
    return this.world.connect.log.filter((request) => request.method !== 'GET').length;
  }

  /** What the worker processes have logged so far. */
  async workerLog(): Promise<string> {
    return readText(path.join(this.dir, 'worker.log'));
  }

  /** Takes every fault out. */
  async heal(): Promise<void> {
    await this.world.clearFaults();
    await rm(programsOf(this.world), { recursive: true, force: true, maxRetries: 5 });
  }

  /** All that no history, no log and no commit may show: values of the vault, and the tokens of the worker. */
  async secrets(): Promise<readonly string[]> {
    const { connect, webhook, forge, workerEnv, installation } = this.world;
    const tokens = Object.entries(workerEnv).filter(([name]) => name.endsWith('_TOKEN_FILE'));
    const files = await Promise.all(tokens.map(async ([, file]) => readText(file)));
    const kubeconfigs = Object.values(installation.clusters).map(async ({ kubeconfig = '' }) => readText(kubeconfig));
    const bearers = (await Promise.all(kubeconfigs)).flatMap((text) => {
      const { users = [] } = (parse(text) ?? {}) as { users?: readonly { user?: { token?: string } }[] };
      return users.flatMap(({ user }) => user?.token ?? []);
    });
    const of = [...connect.secrets(), ...(webhook?.secrets ?? []), ...(forge?.tokens.keys() ?? [])];
    return [...of, ...files, ...bearers].filter((secret) => secret !== '');
  }

  /** Ends everything, after a search of histories, logs and Git objects for secrets. */
  async stop(): Promise<void> {
    this.#stopping = true;
    try {
      await this.stopWorker();
      assertNoSecrets(await this.secrets(), [
        ...(await historyTexts(this.client)),
        { name: 'log of the Temporal server', text: await readText(path.join(this.dir, 'temporal.log')) },
        { name: 'log of the worker process', text: await this.workerLog() },
        { name: 'log of the worker', text: logLines.text() },
        { name: 'Git objects', text: await this.world.repository.allObjects() },
      ]);
    } finally {
      if (this.#path !== undefined) process.env['PATH'] = this.#path;
      await this.#connection.close();
      await Promise.all(this.#natives.map((native) => native.close()));
      await this.temporal.stop();
      await this.world.stop();
      await rm(this.dir, { recursive: true, force: true });
    }
  }
}

function databaseIn(dir: string): string {
  return path.join(dir, 'temporal.db');
}

/** Names of the activities that a run has asked for, in that order. */
export async function activitiesOf(handle: WorkflowHandle): Promise<readonly string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []);
}

async function end(worker: Worker, running: Promise<void>): Promise<void> {
  if (worker.getState() === 'RUNNING') worker.shutdown();
  await running;
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

/** With `land: first` the history keeps the change and its revert. */
function withoutHead(world: World, snapshot: unknown): unknown {
  if (world.installation.gitops.land !== 'first') return snapshot;
  const { repository, ...rest } = snapshot as { repository: { head: string; branches: unknown; files: unknown } };
  return { ...rest, branches: repository.branches, files: repository.files };
}

/** What a run that failed tells. */
export function failedOf(error: unknown): Failed {
  const cause = error instanceof WorkflowFailedError ? error.cause : error;
  if (cause instanceof CancelledFailure)
    return { cancelled: true, type: 'Cancelled', message: '', undone: [], kept: [] };
  if (!(cause instanceof ApplicationFailure)) throw error;
  const details = cause.details?.[0] as { undone?: readonly string[]; kept?: readonly Leftover[] } | undefined;
  return {
    cancelled: false,
    type: cause.type ?? '',
    message: cause.message,
    undone: details?.undone ?? [],
    kept: details?.kept ?? [],
  };
}
