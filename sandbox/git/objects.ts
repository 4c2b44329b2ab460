import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import type { GitPlace } from '../../integrations/git/gitClone.ts';
import { type Author, GitCommits } from '../../integrations/git/gitCommit.ts';
import { gitEnvironment } from '../../integrations/git/gitEnvironment.ts';
import { FOLDER, GitObjects } from '../../integrations/git/gitObjects.ts';
import type { FileChange } from '../../integrations/git/repository.ts';

/** Neither the user's configuration nor a surrounding git command has a say in a repository of the sandbox. */
const ALONE = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
const TIMEOUT_MS = 60_000;

/** What a git command prints; rejects where it fails. */
export async function run(cwd: string, args: readonly string[], input?: string): Promise<string> {
  const result = await execa('git', args, {
    cwd,
    extendEnv: false,
    env: { ...gitEnvironment(process.env), ...ALONE },
    ...(input === undefined ? {} : { input }),
    stripFinalNewline: false,
  });
  return result.stdout;
}

function placeOf(dir: string): GitPlace {
  return {
    dir,
    at: async (cwd, input, env) => ({
      cwd,
      timeoutMs: TIMEOUT_MS,
      env: { ...ALONE, ...env },
      ...(input === undefined ? {} : { input }),
    }),
  };
}

const known = new Map<string, GitObjects>();

/** Objects of a repository, by one process for all of them: a controller looks many times a second. */
export function objectsIn(dir: string): GitObjects {
  const objects = known.get(dir) ?? new GitObjects(placeOf(dir));
  known.set(dir, objects);
  return objects;
}

/** The commit at a branch's head, mostly without a process: git keeps a branch that was written of late as a file. */
export async function headOf(dir: string, branch: string): Promise<string> {
  return (
    looseRef(dir, `refs/heads/${branch}`) ?? (await run(dir, ['rev-parse', '--verify', `refs/heads/${branch}`])).trim()
  );
}

/**
 * The commit that a reference names, where git keeps it as a file. Controllers ask many times a second: to read so little at once costs
 * a fraction of what it costs to wait for it.
 */
export function looseRef(dir: string, ref: string): string | undefined {
  const file = path.join(dir, ref);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const text = readFileSync(file, 'utf8').trim();
  const symbolic = /^ref: (\S+)$/.exec(text)?.[1];
  if (symbolic !== undefined) return looseRef(dir, symbolic);
  return /^[0-9a-f]{40}$/.test(text) ? text : undefined;
}

/** A file's text at a commit; rejects where there is none. */
export async function textOf(dir: string, commit: string, file: string): Promise<string> {
  const objects = objectsIn(dir);
  const entry = await objects.entryAt(commit, file);
  if (entry === undefined || entry.mode === FOLDER) throw new Error(`path '${file}' does not exist in '${commit}'`);
  return Buffer.from(await objects.blob(entry.sha)).toString('utf8');
}

/** Every file below a tree with the id of its bytes. */
export async function filesBelow(
  objects: GitObjects,
  tree: string,
  folder: string,
): Promise<readonly (readonly [string, string])[]> {
  const files: (readonly [string, string])[] = [];
  for (const [name, { mode, sha }] of await objects.tree(tree)) {
    if (mode === FOLDER) files.push(...(await filesBelow(objects, sha, `${folder}${name}/`)));
    else files.push([`${folder}${name}`, sha]);
  }
  return files;
}

/** A new commit, which no branch has yet. */
export async function commitIn(
  dir: string,
  author: Author,
  parent: string,
  changes: readonly FileChange[],
  message: string,
): Promise<string> {
  const options = { parent, changes, subject: message, trailers: {} };
  return new GitCommits(placeOf(dir), objectsIn(dir), author).commit(options);
}
