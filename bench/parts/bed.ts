import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import type { InstallationInput } from '../../core/installation/installation.ts';
import type { Deps } from '../../activities/deps.ts';
import { sampleLayout, type LayoutName } from '../../sandbox/world/layout.ts';
import { BRISK, type SandboxTimings } from '../../sandbox/world/timings.ts';
import { startTemporal, type TemporalServer } from '../../sandbox/temporal/temporal.ts';
import { findTemporalCli } from '../../sandbox/temporal/temporalProgram.ts';
import { World } from '../../sandbox/world/world.ts';
import { writeWorkflowBundle } from '../../scripts/workflowBundle.ts';
import { loadWorkerConfig } from '../../worker/config.ts';
import { createDeps } from '../../worker/createDeps.ts';
import { createWorker } from '../../worker/createWorker.ts';
import { noWaits } from '../former/noWaits.ts';

const NO_WAITS = noWaits(BRISK.job);

/** A Temporal server, a sandbox without waits, and the worker's own code in this process. */
export interface Bed {
  readonly dir: string;
  readonly world: World;
  readonly temporal: TemporalServer;
  readonly client: Client;
  readonly native: NativeConnection;
  readonly deps: Deps;
  stop(): Promise<void>;
}

const CACHE = fileURLToPath(new URL('../../.cache/', import.meta.url));

const say = (line: string): void => void process.stderr.write(`${line}\n`);

export async function startBed(
  layout: LayoutName,
  prepare?: (dir: string) => Promise<void>,
  job: Partial<SandboxTimings['job']> = {},
): Promise<Bed> {
  const dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-bench-'));
  await prepare?.(dir);
  const cli = await findTemporalCli({ cacheDir: CACHE, log: say });
  const temporal = await startTemporal({ cli, ui: false, logFile: path.join(dir, 'temporal.log') });
  const world = await World.start({
    layout: await sampleLayout(layout),
    dir: path.join(dir, 'world'),
    timings: NO_WAITS,
    adjust: (installation: InstallationInput) => ({
      ...installation,
      timings: { ...installation.timings, ...NO_WAITS.job, ...job },
    }),
  });
  const bundle = path.join(dir, 'workflow-bundle.js');
  await writeWorkflowBundle(bundle);
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection });
  const native = await NativeConnection.connect({ address: temporal.address });
  const config = loadWorkerConfig({ ...world.workerEnv, PATH: process.env['PATH'] });
  const deps = await createDeps(config, client, { openSdk: world.openSdk });
  const worker = await createWorker({
    taskQueue: config.ids.taskQueue,
    connection: native,
    namespace: temporal.namespace,
    deps,
    workflowBundle: { codePath: bundle },
  });
  const running = worker.run();
  return {
    dir,
    world,
    temporal,
    client,
    native,
    deps,
    async stop() {
      await ended(worker, running);
      await connection.close();
      await native.close();
      await temporal.stop();
      await world.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export async function ended(worker: Worker, running: Promise<void>): Promise<void> {
  worker.shutdown();
  await running;
}

/** Systems that the worker asks, a word for each request: requests of controllers go past the faults. */
export function httpOf({ world }: Bed): readonly string[] {
  const asked: string[] = [];
  const strike = world.faults.strike.bind(world.faults);
  world.faults.strike = (system, request) => {
    asked.push(system);
    return strike(system, request);
  };
  return asked;
}
