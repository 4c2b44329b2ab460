import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { sampleLayout, type LayoutName } from './layout.ts';
import { programsOf } from './stepFaults.ts';
import { startTemporal, type TemporalServer } from '../temporal/temporal.ts';
import { findTemporalCli } from '../temporal/temporalProgram.ts';
import { WATCHABLE } from './timings.ts';
import { removeWithUs } from '../temporal/children.ts';
import { startWorkerProcess, type WorkerProcess } from '../temporal/workerProcess.ts';
import { World } from './world.ts';

export interface SandboxOptions {
  readonly layout: LayoutName;
  /** False: the job's Authentik token may not apply. */
  readonly mayApply: boolean;
  /** As Authentik tells it. */
  readonly authentikVersion?: string;
  /** The project's own folder for the Temporal program. */
  readonly cacheDir: string;
  readonly log: (line: string) => void;
}

/** A real Temporal server, a real worker, and stand-ins for everything else. */
export interface Sandbox {
  readonly temporal: TemporalServer;
  /** The `temporal` program that was found. */
  readonly cli: string;
  readonly world: World;
  readonly client: Client;
  readonly logs: { readonly temporal: string; readonly worker: string };
  /** Ends with the sandbox, before it. */
  onStop(end: () => Promise<unknown>): void;
  /** Ends everything that was started and removes its folder, although one end may fail; that is thrown afterwards. */
  stop(): Promise<void>;
}

/** Where Temporal's own tools look for a server by default. */
const DEFAULT_PORT = 7233;

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const cli = await findTemporalCli(options);
  const dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-sandbox-'));
  removeWithUs(dir);
  const logs = { temporal: path.join(dir, 'temporal.log'), worker: path.join(dir, 'worker.log') };
  const started: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    const failed: unknown[] = [];
    for (const end of started.splice(0).toReversed()) await end().catch((error: unknown) => failed.push(error));
    if (failed.length > 0) throw failed[0];
  };
  try {
    const [temporal, world] = await Promise.all([
      startTemporal({ cli, ui: true, logFile: logs.temporal, preferredPort: DEFAULT_PORT }),
      World.start({
        layout: await sampleLayout(options.layout),
        dir: path.join(dir, 'world'),
        mayApply: options.mayApply,
        timings: WATCHABLE,
        ...(options.authentikVersion === undefined ? {} : { authentikVersion: options.authentikVersion }),
      }),
    ]);
    started.push(
      () => temporal.stop(),
      () => world.stop(),
    );
    const worker: WorkerProcess = await startWorkerProcess({
      env: { ...world.workerEnv, PATH: `${programsOf(world)}${path.delimiter}${process.env['PATH'] ?? ''}` },
      temporalAddress: temporal.address,
      logFile: logs.worker,
      log: options.log,
    });
    started.push(() => worker.stop());
    const connection = await Connection.connect({ address: temporal.address });
    started.push(() => connection.close());
    const client = new Client({ connection, namespace: temporal.namespace });
    return { temporal, cli, world, logs, client, stop, onStop: (end) => started.push(end) };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}
