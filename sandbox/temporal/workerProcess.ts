import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { WORKER_PROGRAM } from '../../client/groups/sandboxPackage.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { endWithUs } from './children.ts';
import { sleep } from '../kit/loop.ts';

export interface WorkerProcessOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly temporalAddress: string;
  /** File that takes the worker's log. */
  readonly logFile: string;
  /** Folder of a built project, in place of this one. */
  readonly built?: string;
  /** Flags of Node.js. */
  readonly flags?: readonly string[];
  /** Folder in which it runs, and leaves what the system writes of it. */
  readonly cwd?: string;
  /** Takes a line from time to time while it starts slowly. */
  readonly log?: (line: string) => void;
}

export interface WorkerProcess {
  readonly pid: number;
  /** SIGKILL: as a machine that loses power. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** A machine with more to do may take minutes: a worker that has ended says so at once, so only one that hangs is waited for so long. */
const READY_MS = 900_000;

/** How often whoever waits is told that it is still starting. */
const STILL_MS = 60_000;

/** The real worker, `worker/main.ts`, in a process of its own. Throws `Failed` with its own words where it does not come up. */
export async function startWorkerProcess(options: WorkerProcessOptions): Promise<WorkerProcess> {
  const file = options.built === undefined ? WORKER_PROGRAM : path.join(options.built, 'worker', 'main.js');
  const log = createWriteStream(options.logFile, { flags: 'a' });
  const child = spawn(process.execPath, [...(options.flags ?? []), file], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...inherited(), ...options.env, TEMPORAL_ADDRESS: options.temporalAddress, TEMPORAL_NAMESPACE: 'default' },
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-4_000);
    log.write(chunk);
  });
  endWithUs(child);
  await ready(child, { said: () => said, log: options.log ?? (() => undefined) });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await Promise.race([exited, sleep(15_000)]);
    child.kill('SIGKILL');
    await exited;
    log.end();
  };
  return { pid: child.pid ?? 0, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

/** What a process needs to run; no setting of the caller's own installation may reach the sandbox's worker. */
function inherited(): Record<string, string> {
  const foreign =
    /^(REGISTRAR_|OP_CONNECT_|OP_SERVICE_ACCOUNT_|AUTHENTIK_|GITOPS_|TEMPORAL_|OTEL_|METRICS_ADDRESS$|KUBECONFIG$|NODE_V8_COVERAGE$)/;
  const kept = Object.entries(process.env).filter(([name, value]) => value !== undefined && !foreign.test(name));
  return Object.fromEntries(kept) as Record<string, string>;
}

interface Starting {
  readonly said: () => string;
  readonly log: (line: string) => void;
}

async function ready(child: ChildProcess, { said, log }: Starting): Promise<void> {
  const since = Date.now();
  const still = setInterval(() => {
    const seconds = Math.round((Date.now() - since) / 1000);
    log(`The worker is still starting, after ${seconds} s: the machine is busy. Ctrl-C ends the sandbox.`);
  }, STILL_MS);
  const answer = await Promise.race([
    new Promise<'ready'>((resolve) => child.once('message', () => resolve('ready'))),
    new Promise<'exit'>((resolve) => child.once('exit', () => resolve('exit'))),
    sleep(READY_MS).then(() => 'late' as const),
  ]);
  clearInterval(still);
  if (answer === 'ready') return;
  child.kill('SIGKILL');
  throw new RegistrarError({
    system: 'oidc-registrar',
    kind: 'Failed',
    message:
      answer === 'exit'
        ? `the sandbox's worker ended as it started: ${said() || 'it said nothing'}`
        : `the sandbox's worker was not ready after ${READY_MS / 1000} s: ${said() || 'it said nothing yet'}`,
    remedy:
      answer === 'exit'
        ? 'Where its words do not tell what is the matter, start the sandbox again.'
        : 'Its last words may tell what it hangs at; where they do not, start the sandbox again.',
  });
}
