import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { Connection } from '@temporalio/client';
import { RegistrarError } from '../../core/base/errors.ts';
import { KEYWORD, SEARCH_ATTRIBUTES } from '../../core/run/searchAttributes.ts';
import { endWithUs } from './children.ts';
import { sleep } from '../kit/loop.ts';

export interface TemporalServer {
  readonly address: string;
  readonly uiUrl: string | undefined;
  readonly namespace: string;
  /** SIGKILL, as a machine that loses power, and the same again at the same address with what it had stored. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

export interface StartTemporalOptions {
  /** The `temporal` program. */
  readonly cli: string;
  readonly ui: boolean;
  /** File that takes the server's log. */
  readonly logFile: string;
  /** File that takes what the server stores; in memory where absent. */
  readonly database?: string;
  /** Tried first, so that Temporal's own CLI finds the server without being told where. */
  readonly preferredPort?: number;
}

/**
 * A run is deleted only after the server has noted how far its queues are, by default every half minute or so. In the words of the
 * server's dynamic configuration.
 */
const NOTES_OFTEN = ['transfer', 'visibility'].map((queue) => `history.${queue}ProcessorUpdateAckInterval="1s"`);

/** How often a server is started again that found its port taken by somebody faster. */
const STARTS = 3;

/** Starts a real Temporal dev server on loopback, with the search attributes that runs set. */
export async function startTemporal(options: StartTemporalOptions): Promise<TemporalServer> {
  return untilStarted((start) => startOnce(start === 1 ? options : { ...options, preferredPort: 0 }));
}

async function untilStarted<T>(begin: (start: number) => Promise<T>): Promise<T> {
  for (let start = 1; ; start += 1) {
    try {
      return await begin(start);
    } catch (error) {
      if (start >= STARTS || !(error instanceof RegistrarError) || error.kind !== 'Failed') throw error;
    }
  }
}

async function startOnce(options: StartTemporalOptions): Promise<TemporalServer> {
  const [port, uiPort, metrics] = await freePorts([
    options.preferredPort ?? 0,
    options.preferredPort ? options.preferredPort + 1000 : 0,
    0,
  ]);
  const flags: Record<string, string> = {
    ip: '127.0.0.1',
    port: String(port),
    'metrics-port': String(metrics),
    'log-level': 'warn',
    namespace: 'default',
    ...(options.database === undefined ? {} : { 'db-filename': options.database }),
    ...(options.ui ? { 'ui-port': String(uiPort), 'ui-ip': '127.0.0.1' } : {}),
  };
  const args = [
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=${KEYWORD}`]),
    ...NOTES_OFTEN.flatMap((setting) => ['--dynamic-config-value', setting]),
    ...(options.ui ? [] : ['--headless']),
  ];
  const log = createWriteStream(options.logFile, { flags: 'a' });
  const address = `127.0.0.1:${port}`;
  const launch = (): Promise<ChildProcess> => launched(options.cli, args, address, log);
  let child = await launch();
  return {
    address,
    namespace: 'default',
    uiUrl: options.ui ? `http://127.0.0.1:${uiPort}` : undefined,
    crash: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      child = await untilStarted(launch);
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(5_000)]);
      child.kill('SIGKILL');
      log.end();
    },
  };
}

async function launched(
  cli: string,
  args: readonly string[],
  address: string,
  log: NodeJS.WritableStream,
): Promise<ChildProcess> {
  const child = spawn(cli, ['server', 'start-dev', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      log.write(chunk);
      said = `${said}${chunk.toString()}`.slice(-2_000);
    });
  }
  endWithUs(child);
  await untilHealthy(address, child, () => said);
  return child;
}

async function untilHealthy(address: string, child: ChildProcess, said: () => string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) {
      throw new RegistrarError({
        system: 'Temporal',
        kind: 'Failed',
        message: `the dev server ended: ${said()}`,
        remedy: 'Run it by hand: temporal server start-dev.',
      });
    }
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 });
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
      await connection.close();
      if (SEARCH_ATTRIBUTES.every((name) => customAttributes?.[name] !== undefined) && (await staysUp(child))) return;
    } catch {
      // Not up yet.
    }
    await sleep(150);
  }
  throw new RegistrarError({
    system: 'Temporal',
    kind: 'Unavailable',
    message: `the dev server at ${address} did not come up: ${said()}`,
    remedy: 'Run it by hand: temporal server start-dev.',
  });
}

/** Another server may answer at a port that ours could not have: then ours is about to end. */
async function staysUp(child: ChildProcess): Promise<boolean> {
  await sleep(250);
  return child.exitCode === null;
}

/** Ports that nobody listens on now; a wish of 0, or one that is taken, gets any. */
async function freePorts(wishes: readonly number[]): Promise<readonly number[]> {
  const servers = await Promise.all(
    wishes.map(async (wish) => (wish > 0 ? await listen(wish) : undefined) ?? listen(0)),
  );
  const ports = servers.map((server) => (server?.address() as AddressInfo | null)?.port ?? 0);
  await Promise.all(servers.map((server) => new Promise((resolve) => server?.close(resolve))));
  return ports;
}

async function listen(port: number) {
  const server = createServer();
  const listening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  return listening ? server : undefined;
}
