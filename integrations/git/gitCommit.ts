import { rm } from 'node:fs/promises';
import path from 'node:path';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Clone } from './gitClone.ts';
import { git, gitOk, type GitCommandOptions } from './gitCommand.ts';
import { FILES, FOLDER, type Entry, type GitObjects } from './gitObjects.ts';
import type { FileChange, GitRepository } from './repository.ts';

export interface Author {
  readonly name: string;
  readonly email: string;
}

/**
 * Makes a commit out of blobs, in an index of its own: no file is written, so neither attributes nor symbolic links of the
 * repository have a say in what is committed or where.
 */
export async function commitChanges(
  clone: Clone,
  objects: GitObjects,
  author: Author,
  { parent, changes, subject, body, trailers, worktree }: Parameters<GitRepository['commit']>[0],
): Promise<string> {
  const index = path.join(clone.dir, `index-of-${worktree}`);
  const env = { GIT_INDEX_FILE: index, ...identity(author) };
  const at = (input?: string): Promise<GitCommandOptions> => clone.at(clone.dir, input, env);
  const entries = await entriesOf(objects, parent, changes);
  try {
    // An index that a killed attempt left would be taken for ours.
    await removeIndex(index);
    const rows: string[] = [];
    for (const change of changes) rows.push(await rowOf(change, entries.get(change.path), at));
    if (rows.every((row) => row === '')) return parent;
    await gitOk(['read-tree', parent], await at());
    await gitOk(['update-index', '-z', '--index-info'], await at(rows.join('')));
    const tree = (await gitOk(['write-tree'], await at())).trim();
    const lines = Object.entries(trailers).map(([name, value]) => `${name}: ${value}`);
    const message = [subject, ...(body === undefined ? [] : [body]), lines.join('\n')].join('\n\n');
    const args = ['commit-tree', tree, '-p', parent, ...(await signing(await at())), '-F', '-'];
    return (await gitOk(args, await at(`${message}\n`))).trim();
  } finally {
    await removeIndex(index);
  }
}

async function removeIndex(index: string): Promise<void> {
  for (const file of [index, `${index}.lock`]) await rm(file, { force: true });
}

function identity({ name, email }: Author): Readonly<Record<string, string>> {
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
}

/** The user's configuration says whether commits are signed; `commit-tree` does not look there itself. */
async function signing(at: GitCommandOptions): Promise<readonly string[]> {
  const answer = await git(['config', '--type=bool', '--get', 'commit.gpgSign'], at);
  return answer.stdout.trim() === 'true' ? ['-S'] : [];
}

const NOTHING = '0'.repeat(40);

/** A change as the index reads it: the blob is stored as it is, and a file keeps its mode. Empty where nothing changes. */
async function rowOf(
  change: FileChange,
  entry: Entry | undefined,
  at: (input?: string) => Promise<GitCommandOptions>,
): Promise<string> {
  if (change.text === null) return entry === undefined ? '' : `0 ${NOTHING}\t${change.path}\0`;
  const blob = (await gitOk(['hash-object', '-w', '--stdin'], await at(change.text))).trim();
  return blob === entry?.sha ? '' : `${entry?.mode ?? '100644'} ${blob}\t${change.path}\0`;
}

/** What a commit has at each changed path. Refuses what an edit of text must not touch. */
async function entriesOf(
  objects: GitObjects,
  commit: string,
  changes: readonly FileChange[],
): Promise<ReadonlyMap<string, Entry>> {
  const found = new Map<string, Entry>();
  for (const change of changes) {
    assertInside(change.path);
    const parts = change.path.split('/');
    const above = parts.slice(1).map((_part, i) => parts.slice(0, i + 1).join('/'));
    for (const folder of above) {
      const entry = await objects.entryAt(commit, folder);
      if (entry !== undefined && entry.mode !== FOLDER) throw refused(change.path, `${folder} is no folder`);
    }
    const entry = await objects.entryAt(commit, change.path);
    if (entry === undefined) continue;
    if (!FILES.has(entry.mode)) throw refused(change.path, 'it is no ordinary file');
    found.set(change.path, entry);
  }
  return found;
}

function assertInside(file: string): void {
  const parts = file.split('/');
  const outside = file === '' || path.isAbsolute(file) || file.includes('\0') || file.includes('\\');
  if (outside || parts.some((part) => part === '' || part === '.' || part === '..' || /^\.git$/i.test(part)))
    throw refused(file, 'it is no path of a file in the repository');
}

function refused(file: string, why: string): RegistrarError {
  return new RegistrarError({
    system: 'Git',
    kind: 'Refused',
    message: `${file} cannot be changed: ${why}`,
    remedy: 'Name an ordinary file inside the repository.',
  });
}
