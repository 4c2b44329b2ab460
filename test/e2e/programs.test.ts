import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import { readInstallation } from '../../core/installation/readFiles.ts';
import { eventually } from '../fixtures/polling.ts';
import { caseInstallation } from '../fixtures/zot.ts';

// The programs as people start them, each in a process of its own.

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = (program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = root) =>
  execa(process.execPath, [path.join(root, program), ...args], {
    cwd,
    reject: false,
    // A busy machine may need longer to end one than execa's five seconds, after which it would kill it.
    forceKillAfterDelay: false,
    env: { TEMPORAL_CLI_PATH: inject('temporalCli'), NO_COLOR: '1', ...env },
  });

describe('the demo', () => {
  it('registers Zot, shows what changed and the verification points, and exits with 0', async () => {
    const { exitCode, stdout } = await run('client/cli.ts', ['demo']);

    expect(stdout).toContain('--fail-existing --input \'{"client":"zot"}\'');
    expect(stdout).toMatch(/✓ landChange +\d+\.\d s/);
    expect(stdout).toContain('+  zot.yaml: |');
    expect(stdout.split('Verification points')[1]?.match(/✓ .*: true/g)?.length).toBeGreaterThanOrEqual(4);
    expect(stdout).toContain('ansible-playbook hosts/attic.yml --tags zot');
    expect(stdout).toContain('The sandbox stops here, and Temporal with its UI; with --keep it stays up.');
    expect(stdout).not.toContain('Temporal UI  ');
    expect(exitCode).toBe(0);
  });

  it('shows the roll-back of a step that fails, proves that nothing differs, and exits with 1', async () => {
    const { exitCode, stdout } = await run('client/cli.ts', [
      'demo',
      '--client',
      'status-page',
      '--fail',
      'verifyRegistration',
    ]);

    expect(stdout).toContain('✗ verifyRegistration');
    expect(stdout).toContain('Taken back');
    expect(stdout).toContain('✓ no difference: everything is as it was');
    expect(exitCode).toBe(1);
  });

  it('names the steps where it is given one that does not exist, and starts nothing', async () => {
    const { exitCode, stderr, stdout } = await run('client/cli.ts', ['demo', '--fail', 'everything']);

    expect(stderr).toContain('there is no step "everything"');
    expect(stderr).toContain('pollBlueprintStatus');
    expect(stdout).toBe('');
    expect(exitCode).toBe(1);
  });
});

describe('the sandbox', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-programs-'));
  });
  afterAll(async () => rm(dir, { recursive: true, force: true }));

  /** Its folders, and those of the clone's cache, are inside of `dir`. */
  const env = () => ({ TMPDIR: dir, REGISTRAR_SANDBOX_CACHE: path.join(dir, 'cache'), TEMPORAL_ADDRESS: '' });
  const sandbox = () => run('client/cli.ts', ['sandbox'], env());
  const folders = async () => (await readdir(dir)).filter((name) => name.startsWith('oidc-registrar-sandbox-'));
  /** What a program has said, once it has said this. */
  const saying = async (started: ReturnType<typeof sandbox>, text: string): Promise<string> => {
    let said = '';
    started.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    return eventually(
      () => said,
      () => said.includes(text),
      250_000,
    );
  };

  it('is the one that commands of its clone go to, gives people an hour, and ends without a trace', async () => {
    const running = sandbox();
    const [, address] = / Temporal +(127\S+)/.exec(await saying(running, 'worker log')) ?? [];

    const status = await run('client/cli.ts', ['status', 'zot'], env());
    expect([status.exitCode, status.stdout]).toEqual([0, expect.stringContaining('zot: nothing runs')]);
    expect(status.stderr).toBe(`Temporal at ${address}, namespace default, of the sandbox that runs here`);
    const [folder = ''] = await folders();
    const installation = await readFile(path.join(dir, folder, 'world', 'registrar.yaml'), 'utf8');
    expect(readInstallation(installation, 'registrar.yaml').timings).toMatchObject({
      readyMs: 3_600_000,
      confirmMs: 3_600_000,
    });

    const second = await sandbox();
    expect([second.exitCode, second.stderr]).toEqual([1, expect.stringContaining('a sandbox runs already')]);
    expect(await folders()).toEqual([folder]);

    running.kill('SIGTERM');
    expect((await running).exitCode).toBe(0);
    expect(await folders()).toEqual([]);
    expect(await readdir(path.join(dir, 'cache'))).toEqual([]);
    const without = await run('client/cli.ts', ['sandbox', 'faults'], env());
    expect([without.exitCode, without.stderr]).toEqual([1, expect.stringContaining('no sandbox runs')]);
  });

  it('leaves nothing behind where it is stopped before it is up', async () => {
    const starting = sandbox();
    await eventually(folders, ({ length }) => length === 1);
    starting.kill('SIGTERM');
    expect((await starting).exitCode).toBe(143);
    expect(await folders()).toEqual([]);
  });
});

describe('the worker', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-worker-'));
  });
  afterAll(async () => rm(dir, { recursive: true, force: true }));

  it('names every missing thing at once', async () => {
    const { exitCode, stderr } = await run('worker/main.ts', [], { REGISTRAR_CONFIG: '' }, dir);

    expect(stderr).toContain('there is no file registrar.yaml');
    expect(stderr).toContain('AUTHENTIK_TOKEN is not set');
    expect(exitCode).toBe(1);
  });

  it('says where no Temporal server answers', async () => {
    const file = path.join(dir, 'registrar.yaml');
    await writeFile(file, stringify(caseInstallation));
    const address = `127.0.0.1:${await closedPort()}`;

    const { exitCode, stderr } = await run('worker/main.ts', [], {
      REGISTRAR_CONFIG: file,
      OP_CONNECT_TOKEN: 'x',
      AUTHENTIK_TOKEN: 'x',
      TEMPORAL_ADDRESS: address,
    });

    expect(stderr).toContain(`no Temporal server answers at ${address}`);
    expect(stderr).toContain('TEMPORAL_ADDRESS');
    expect(exitCode).toBe(1);
  });
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
