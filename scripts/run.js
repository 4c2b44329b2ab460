#!/usr/bin/env node
// Runs one of the project's programs from its sources. On a fresh clone it installs the dependencies first, and a Node.js that is new
// enough where this one is not; without a program it does that alone.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { nodeForSources } from './node.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = path.join(root, 'node_modules', '.oidc-registrar-lock');
/** Holds the id of the process that installs. */
const turn = path.join(root, '.cache', 'installing');

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

/** `npm ci` where the installed modules are not those of the lockfile; by one command, where several are started at once. */
function installIfNeeded() {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  const isInstalled = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === lock;
  if (isInstalled()) return;
  takeTurn();
  const isWell = isInstalled() || install(lock);
  rmSync(turn, { force: true });
  if (!isWell) process.exit(1);
}

function install(lock) {
  process.stderr.write('Installing the dependencies (once; a minute or so) …\n');
  const npm = spawnSync('npm', ['ci', '--no-progress', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (npm.status === 0) writeFileSync(stamp, lock);
  else process.stderr.write('npm ci failed; see above.\n');
  return npm.status === 0;
}

/** Waits for the command that installs. What one that was killed has left is nobody's. */
function takeTurn() {
  mkdirSync(path.dirname(turn), { recursive: true });
  for (let told = false; !isTaken(); told = true) {
    const owner = ownerOfTurn();
    if (owner !== undefined && !isAlive(owner)) rmSync(turn, { force: true });
    else if (!told) process.stderr.write(`Waiting for the command that installs the dependencies (see ${turn}) …\n`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

function isTaken() {
  try {
    writeFileSync(turn, `${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined: nobody, or one that has not yet written who it is. */
function ownerOfTurn() {
  try {
    return Number(readFileSync(turn, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
