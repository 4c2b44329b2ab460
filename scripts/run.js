#!/usr/bin/env node
// Runs one of the project's programs from its sources. On a fresh clone it installs the dependencies first, and a Node.js that is new
// enough where this one is not; without a program it does that alone.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { nodeForSources } from './node.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = path.join(root, 'node_modules', '.oidc-registrar-lock');

// By its name, as npm and whatever a program starts find it, too.
const bin = fetchIfNeeded();
if (bin !== undefined) process.env.PATH = `${bin}${path.delimiter}${process.env.PATH}`;
const node = bin === undefined ? process.execPath : path.join(bin, 'node');
installIfNeeded();
// What Node.js compiles is kept: a program that is started again takes a fifth less, and so does what it starts.
process.env.NODE_COMPILE_CACHE ??= path.join(root, '.cache', 'compiled');
const [program, ...args] = process.argv.slice(2);
if (program === undefined) process.exit();
const child = spawn(node, [path.join(root, program), ...args], {
  cwd: root,
  stdio: 'inherit',
  // Remedies name commands as a person types them here.
  env: program === 'client/cli.ts' ? { ...process.env, REGISTRAR_TYPED_AS: 'npm run cli --' } : process.env,
});
// The terminal sends Ctrl-C to both; a signal to this process alone must reach the program too.
process.on('SIGINT', () => undefined);
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));

function fetchIfNeeded() {
  try {
    return nodeForSources();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}

/** `npm ci` where the installed modules are not those of the lockfile. */
function installIfNeeded() {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  process.stderr.write('Installing the dependencies (once; a minute or so) …\n');
  const npm = spawnSync('npm', ['ci', '--no-progress', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) {
    process.stderr.write('npm ci failed; see above.\n');
    process.exit(1);
  }
  writeFileSync(stamp, lock);
}
