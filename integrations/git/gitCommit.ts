import path from 'node:path';
import { RegistrarError } from '../../core/base/errors.ts';
import type { GitPlace } from './gitClone.ts';
import { git, gitOk, type GitCommandOptions } from './gitCommand.ts';
import { FILES, FOLDER, type Entry, type GitObjects } from './gitObjects.ts';
import type { FileChange, GitRepository } from './repository.ts';

export interface Author {
  readonly name: string;
  readonly email: string;
}

type CommitOptions = Parameters<GitRepository['commit']>[0];

/** The bytes of a file's text as Git keeps them, and its mode; or that it goes. */
interface FileOfCommit {
  readonly path: string;
  readonly mode: string;
  readonly bytes: Buffer | undefined;
}

/** Where names differ in upper and lower case alone, each is a file of its own, whatever the worker's disk says. */
const IMPORT = ['-c', 'core.ignoreCase=false', 'fast-import', '--quiet', '--done', '--date-format=now'];

/**
 * Makes commits out of texts, each by one `git fast-import`: no file is written, so neither attributes nor symbolic links of the
 * repository have a say in what is committed or where; and an attempt that is killed leaves objects that nothing names.
 */
export class GitCommits {
  readonly #clone: GitPlace;
  readonly #objects: GitObjects;
  readonly #author: Author;
  #signing: Promise<boolean> | undefined;

  constructor(clone: GitPlace, objects: GitObjects, author: Author) {
    this.#clone = clone;
    this.#objects = objects;
    this.#author = author;
  }

  /** The new commit, or `parent` where nothing changes. */
  async commit({ parent, changes, subject, body, trailers }: CommitOptions): Promise<string> {
    const files = await this.#filesOf(parent, changes);
    if (files.length === 0) return parent;
    const lines = Object.entries(trailers).map(([name, value]) => `${name}: ${value}`);
    const paragraphs = [subject, body ?? '', lines.join('\n')].filter((paragraph) => paragraph !== '');
    const message = `${paragraphs.join('\n\n')}\n`;
    const made = (await gitOk(IMPORT, await this.#at(importOf(parent, files, message, this.#author)))).trim();
    return (await this.#signs()) ? this.#signed(made, parent, message) : made;
  }

  /** Only what differs from the parent. */
  async #filesOf(parent: string, changes: readonly FileChange[]): Promise<readonly FileOfCommit[]> {
    const entries = await entriesOf(this.#objects, parent, changes);
    const files: FileOfCommit[] = [];
    for (const { path: file, text } of changes) {
      const entry = entries.get(file);
      const bytes = text === null ? undefined : Buffer.from(text);
      const before = entry === undefined ? undefined : await this.#objects.blob(entry.sha);
      const same = bytes === undefined || before === undefined ? bytes === before : bytes.equals(before);
      if (!same) files.push({ path: file, mode: entry?.mode ?? '100644', bytes });
    }
    return files;
  }

  /** `fast-import` signs nothing. */
  async #signed(commit: string, parent: string, message: string): Promise<string> {
    const args = ['commit-tree', `${commit}^{tree}`, '-p', parent, '-S', '-F', '-'];
    return (await gitOk(args, await this.#at(message, identity(this.#author)))).trim();
  }

  /** Whether the configuration of the worker's user says so, asked once: only `git commit` looks there itself. */
  async #signs(): Promise<boolean> {
    this.#signing ??= this.#at().then(async (at) => {
      const { stdout } = await git(['config', '--type=bool', '--get', 'commit.gpgSign'], at);
      return stdout.trim() === 'true';
    });
    return this.#signing.catch((error: unknown) => {
      this.#signing = undefined;
      throw error;
    });
  }

  async #at(input?: Buffer | string, env: Readonly<Record<string, string>> = {}): Promise<GitCommandOptions> {
    return this.#clone.at(this.#clone.dir, input, env);
  }
}

/** A branch that the import builds on and forgets: it prints the commit, and nothing names that until it is pushed. */
const BRANCH = 'refs/registrar';

/** What `git fast-import` reads: https://git-scm.com/docs/git-fast-import. */
function importOf(parent: string, files: readonly FileOfCommit[], message: string, { name, email }: Author): Buffer {
  const who = `${plain(name)} <${plain(email)}> now`;
  const nothing = '0'.repeat(parent.length);
  const rows = files.map(({ path: file, mode, bytes }) =>
    bytes === undefined ? [`D ${quoted(file)}\n`] : [`M ${mode} inline ${quoted(file)}\n`, ...data(bytes)],
  );
  const parts = [
    `commit ${BRANCH}\nmark :1\nauthor ${who}\ncommitter ${who}\n`,
    ...data(Buffer.from(message)),
    `from ${parent}\n`,
    ...rows.flat(),
    `get-mark :1\nreset ${BRANCH}\nfrom ${nothing}\n\ndone\n`,
  ];
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

function data(bytes: Buffer): readonly (string | Buffer)[] {
  return [`data ${bytes.length}\n`, bytes, '\n'];
}

function quoted(file: string): string {
  return `"${file.replaceAll('"', String.raw`\"`).replaceAll('\n', String.raw`\n`)}"`;
}

/** Without what ends a name or an address in a commit. */
function plain(text: string): string {
  return text.replaceAll(/[<>\n\0]/g, '').trim();
}

function identity({ name, email }: Author): Readonly<Record<string, string>> {
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
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
