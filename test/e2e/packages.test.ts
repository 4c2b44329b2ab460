import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from '../fixtures/polling.ts';

// Both packages as npm packs them, installed into an empty folder, with what they ask for and nothing of this clone.

const root = fileURLToPath(new URL('../../', import.meta.url));
const packageJson = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly engines: { readonly node: string };
};
const lowest = packageJson.engines.node.replace('>=', '');
const VERSIONS = [lowest, process.versions.node];

/** A build and 450 MB of modules, on a machine that is busy. */
const INSTALL_MS = 1_200_000;

let dir: string;
const inDir = (...names: readonly string[]): string => path.join(dir, ...names);
const npm = async (cwd: string, ...args: readonly string[]): Promise<string> =>
  (await execa('npm', [...args, '--loglevel=error'], { cwd })).stdout;

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}
let sandboxFiles: readonly string[];

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'oidc-registrar-packages-'));
  for (const name of ['empty', 'home']) mkdirSync(inDir(name));
  const pack = async (...args: readonly string[]): Promise<Packed> => {
    const said = await npm(root, 'pack', '--json', '--pack-destination', dir, ...args);
    return (JSON.parse(said.slice(said.indexOf('[\n'))) as [Packed])[0];
  };
  const sandbox = await pack('--workspace', 'sandbox');
  sandboxFiles = sandbox.files.map((file) => file.path);
  // What the sandbox's has built is all that is asked for before this one.
  const product = await pack('--ignore-scripts');
  const tarballs = [product, sandbox].map(({ filename }) => inDir(filename));
  await npm(inDir('empty'), 'install', '--prefer-offline', '--no-audit', '--no-fund', ...tarballs);
}, INSTALL_MS);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('the package of the sandbox holds what it runs, and no sources', () => {
  const others = sandboxFiles.filter((file) => !/^dist\/(.+\.js|sample\/.+)$/.test(file));
  expect(others.toSorted()).toEqual(['README.md', 'dist/LICENSE', 'package.json']);
  expect(sandboxFiles).toContain('dist/sample/manual/oidc-clients/zot.yaml');
});

describe.each(VERSIONS)('on Node.js %s', (version) => {
  let node: string;
  beforeAll(async () => {
    const fetch = () => execa(process.execPath, [path.join(root, 'scripts', 'node.js'), version]);
    node = version === process.versions.node ? process.execPath : path.join((await fetch()).stdout, 'node');
  });

  const run = (...args: readonly string[]) => {
    const cli = inDir('empty', 'node_modules', 'oidc-registrar', 'dist', 'client', 'cli.js');
    return execa(node, [cli, ...args], {
      cwd: inDir('empty'),
      reject: false,
      extendEnv: false,
      env: {
        PATH: `${path.dirname(node)}${path.delimiter}${process.env['PATH']}`,
        HOME: inDir('home'),
        TMPDIR: dir,
        TEMPORAL_CLI_PATH: inject('temporalCli'),
      },
    });
  };

  it('the command line starts without the sandbox, which it says how to get, and without what it does not yet need', async () => {
    const modules = ['oidc-registrar-sandbox', '@temporalio', '@kubernetes', 'yaml', 'zod'];
    const move = (from: string, to: string) => {
      for (const name of modules) renameSync(inDir(from, name), inDir(to, name));
    };
    move('empty/node_modules', 'home');
    try {
      expect(await run('--version')).toMatchObject({ exitCode: 0, stdout: packageJson.version });
      const { exitCode, stderr } = await run('demo');
      expect(exitCode).toBe(1);
      expect(stderr).toContain('Install oidc-registrar-sandbox of the same version beside oidc-registrar');
    } finally {
      move('home', 'empty/node_modules');
    }
  });

  it('registers a client on the sandbox, lists it, and finds all well', async () => {
    const sandbox = run('sandbox');
    let said = '';
    sandbox.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await eventually(
      () => said,
      () => said.includes('Put a fault in:'),
      250_000,
    );
    expect(said).toContain('\n  oidc-registrar register zot\n');

    const note = inDir('home', '.cache', 'oidc-registrar', 'sandbox.json');
    expect(existsSync(note)).toBe(true);

    const registered = await run('register', 'zot');
    expect([registered.exitCode, registered.stderr]).toEqual([
      0,
      expect.stringContaining('of the sandbox that runs here'),
    ]);
    expect(registered.stdout).toContain('zot: registered');
    expect((await run('list')).stdout).toMatch(/^zot +registered/m);
    expect(await run('doctor')).toMatchObject({ exitCode: 0 });

    sandbox.kill('SIGINT');
    await sandbox;
    expect(existsSync(note)).toBe(false);
  });
});
