// The Node.js that the sources run on: the one at hand where it is new enough, or else one from npm, kept in `.cache`.
// As a program it fetches one whatever is at hand, the version of its argument if there is one, and prints the folder for a PATH.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

/** From here on Node.js takes the types out of the sources by itself; what is built runs on the version of package.json. */
const OLDEST = [22, 18];
const FETCHED = '24.22.3';
const CACHE = fileURLToPath(new URL('../.cache', import.meta.url));

/** The folder of a `node` that runs the sources; undefined where the one of this version does. */
export function nodeForSources(running = process.versions.node, cache = CACHE) {
  const [major = 0, minor = 0] = running.split('.').map(Number);
  const isNewEnough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  return isNewEnough ? undefined : fetchNode(FETCHED, cache);
}

/** The folder of `node` in just this version, fetched where that has not been done. Throws where npm has none for this machine. */
export function fetchNode(version = FETCHED, cache = CACHE) {
  const folder = path.join(cache, `node-${version}`);
  const bin = path.join(folder, 'bin');
  if (existsSync(bin)) return bin;
  process.stderr.write(
    `Fetching Node.js ${version} into .cache (once; the one installed is ${process.versions.node}) …\n`,
  );
  // Whole or not at all, for whoever ends it half-way or does the same at once.
  const half = `${folder}.${process.pid}`;
  mkdirSync(half, { recursive: true });
  const isWhole = packed(version, half) && run('tar', ['-xzf', ...readdirSync(half), 'package/bin'], half);
  if (isWhole && !existsSync(bin)) renameSync(path.join(half, 'package'), folder);
  rmSync(half, { recursive: true, force: true });
  if (existsSync(bin)) return bin;
  throw new Error(
    `npm could not fetch Node.js ${version}, see above. Install Node.js ${OLDEST.join('.')} or newer, and try again.`,
  );
}

/** Not every machine has every version on npm: then the newest of the same line does, unless just this one was asked for. */
function packed(version, folder) {
  const { platform, arch } = process;
  // npm's package `node` names them so, too.
  const name = `${platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node'}-${platform}-${arch}`;
  const pack = (which, said) =>
    run('npm', ['pack', '--prefer-offline', '--loglevel=error', `${name}@${which}`], folder, said);
  return version === FETCHED ? pack(version, 'ignore') || pack(version.split('.')[0]) : pack(version);
}

const run = (program, args, cwd, said = 2) =>
  spawnSync(program, args, { cwd, stdio: ['ignore', 'ignore', said], shell: process.platform === 'win32' }).status ===
  0;

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${fetchNode(process.argv[2])}\n`);
