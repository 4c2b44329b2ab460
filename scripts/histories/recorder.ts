import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  Client,
  Connection,
  type WorkflowHandle,
  type WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { execa } from 'execa';
import type { ProgressView } from '../../core/run/progress.ts';
import { sleep } from '../../sandbox/kit/loop.ts';
import { sampleLayout, type LayoutName } from '../../sandbox/world/layout.ts';
import { startTemporal, type TemporalServer } from '../../sandbox/temporal/temporal.ts';
import { World, type WorldOptions } from '../../sandbox/world/world.ts';
import { loadWorkerConfig } from '../../worker/config.ts';
import { createDeps } from '../../worker/createDeps.ts';
import { createWorker } from '../../worker/createWorker.ts';
import { IDS } from '../../core/run/ids.ts';

export interface Setting extends Partial<Omit<WorldOptions, 'layout' | 'dir'>> {
  readonly layout: LayoutName;
}

/** A run; the last one of its id where it is not said which. */
export interface Run {
  readonly workflowId: string;
  readonly runId?: string;
}

/** What a story waits for, at most. */
const PATIENCE_MS = 90_000;

/** A Temporal server, a sandbox and the real worker, for one story; and the histories of its runs. */
export class Recorder {
  readonly world: World;
  readonly client: Client;
  readonly #cli: string;
  readonly #dir: string;
  readonly #temporal: TemporalServer;

  private constructor(cli: string, dir: string, temporal: TemporalServer, connection: Connection, world: World) {
    this.#cli = cli;
    this.#dir = dir;
    this.#temporal = temporal;
    this.world = world;
    this.client = new Client({ connection });
  }

  /** Runs `act` while the worker runs, and ends everything after it. */
  static async during<T>(cli: string, { layout, ...options }: Setting, act: (bed: Recorder) => Promise<T>): Promise<T> {
    const dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-history-'));
    const temporal = await startTemporal({ cli, ui: false, logFile: path.join(dir, 'temporal.log') });
    const world = await World.start({ ...options, layout: await sampleLayout(layout), dir: path.join(dir, 'world') });
    const connection = await Connection.connect({ address: temporal.address });
    const native = await NativeConnection.connect({ address: temporal.address });
    try {
      const bed = new Recorder(cli, dir, temporal, connection, world);
      const deps = await createDeps(loadWorkerConfig({ ...world.workerEnv }), bed.client);
      const worker = await createWorker({ taskQueue: IDS.taskQueue, connection: native, namespace: 'default', deps });
      return await worker.runUntil(() => act(bed));
    } finally {
      await connection.close();
      await native.close();
      await temporal.stop();
      await world.destroy();
      await rm(dir, { recursive: true, force: true });
    }
  }

  /** Starts a run of a client under the canonical id, or another. */
  async start(
    type: string,
    client: string,
    input: unknown = { client },
    workflowId = IDS.client(client),
  ): Promise<WorkflowHandleWithFirstExecutionRunId> {
    return this.client.workflow.start(type, { taskQueue: IDS.taskQueue, workflowId, args: [input] });
  }

  /** Runs it to its end, and says how it ended. */
  async run(...args: Parameters<Recorder['start']>): Promise<WorkflowHandle> {
    return ended(await this.start(...args));
  }

  /** Waits until the view of a run shows this. */
  async until(handle: WorkflowHandle, what: string, shown: (view: ProgressView) => boolean): Promise<void> {
    await until(what, async () => {
      const view = await handle.query<ProgressView>('progress').catch(() => undefined);
      return view !== undefined && shown(view);
    });
  }

  async untilRunning(handle: WorkflowHandle, step: string): Promise<void> {
    await this.until(handle, step, ({ steps }) =>
      steps.some(({ name, state }) => name === step && state === 'running'),
    );
  }

  /** Until a run asks a person in this step, in words that have these in them. */
  async untilAsked(handle: WorkflowHandle, step: string, words = ''): Promise<void> {
    await this.until(handle, `the question of ${step}`, ({ steps }) =>
      steps.some(({ name, note = '' }) => name === step && note.includes('waits for a person') && note.includes(words)),
    );
  }

  /** Until an activity has been tried again: a look that found nothing yet, or a system that does not answer. */
  async untilRepeated(handle: WorkflowHandle, activity: string): Promise<void> {
    await until(`a second try of ${activity}`, async () => {
      const { raw } = await handle.describe();
      const pending = raw.pendingActivities?.find(({ activityType }) => activityType?.name === activity);
      return (pending?.attempt ?? 0) > 1;
    });
  }

  /** Until people have been told so many times. */
  async untilTold(times = 1): Promise<void> {
    await until('a notice', async () => (this.world.webhook?.received.length ?? 0) >= times);
  }

  /** The branch that waits for people to merge it. */
  async proposal(): Promise<string> {
    let branch: string | undefined;
    await until('a proposal', async () => {
      branch = (await this.world.repository.branches()).find((name) => name.startsWith('oidc-registrar-change/'));
      return branch !== undefined;
    });
    return branch ?? '';
  }

  /** Until the branch of a proposal has been made anew. */
  async untilProposedAnew(branch: string, former: string): Promise<void> {
    await until('a new proposal', async () => (await this.world.repository.head(branch)) !== former);
  }

  /**
   * The history of a run that has ended, as compact JSON. What its activities were given is left out, which is most of it: a replay
   * makes that anew, and Temporal compares their names alone.
   */
  async history({ workflowId, runId }: Run): Promise<string> {
    const { status } = await this.client.workflow.getHandle(workflowId, runId).describe();
    if (status.name === 'RUNNING') throw new Error(`${workflowId} is still running`);
    const args = ['workflow', 'show', '--address', this.#temporal.address, '--workflow-id', workflowId];
    const which = runId === undefined ? [] : ['--run-id', runId];
    const { stdout } = await execa(this.#cli, [...args, ...which, '--output', 'json']);
    return JSON.stringify(JSON.parse(withoutMachine(stdout, this.#dir), withoutInput));
  }
}

/** Waits for the end of a run, whatever it is. */
export async function ended(handle: WorkflowHandle): Promise<WorkflowHandle> {
  await handle.result().catch(() => undefined);
  return handle;
}

export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(40)) if (await holds()) return;
  throw new Error(`${what} did not come`);
}

function withoutInput(key: string, value: unknown): unknown {
  if (key !== 'activityTaskScheduledEventAttributes') return value;
  const { input: _input, ...rest } = value as { readonly input?: unknown };
  return rest;
}

/** A machine's own folders are nobody's business, nor are the lines of a stack. */
function withoutMachine(text: string, dir: string): string {
  return text
    .replaceAll(dir, '/sandbox')
    .replaceAll(/"identity": "[^"]*"/g, '"identity": "worker"')
    .replaceAll(/"stackTrace": "(?:[^"\\]|\\.)*"/g, '"stackTrace": ""');
}
