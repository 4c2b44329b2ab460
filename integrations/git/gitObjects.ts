import type { Clone } from './gitClone.ts';
import { gitBytes, gitOk } from './gitCommand.ts';
import { Recent } from './recent.ts';

export interface Entry {
  readonly mode: string;
  readonly sha: string;
}

export const FOLDER = '040000';
export const FILES: ReadonlySet<string> = new Set(['100644', '100755']);

const LINK = '120000';

/** Whether a name is an id, which names one object for ever. */
export function isId(name: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(name);
}

/** As file systems compare that tell no case. */
function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

const TREES_KEPT = 1_000;
const BLOB_BYTES_KEPT = 32 * 1024 * 1024;

/**
 * Trees and blobs of a clone. What an object id names never changes, so each is asked of git once while it is kept: a run
 * looks at the same few files at many commits, and every question is a process.
 */
export class GitObjects {
  readonly #clone: Clone;
  /** By the id of a tree, or of a commit for its root. */
  readonly #trees = new Recent<ReadonlyMap<string, Entry>>(TREES_KEPT, () => 1);
  readonly #blobs = new Recent<Uint8Array>(BLOB_BYTES_KEPT, (bytes) => bytes.length);

  constructor(clone: Clone) {
    this.#clone = clone;
  }

  /** The entry at exactly this path of a commit's tree. */
  async entryAt(commit: string, file: string): Promise<Entry | undefined> {
    const parts = file.split('/');
    let tree = commit;
    for (const [i, part] of parts.entries()) {
      const entry = (await this.#tree(tree)).get(part);
      if (entry === undefined || i === parts.length - 1) return entry;
      if (entry.mode !== FOLDER) return undefined;
      tree = entry.sha;
    }
    return undefined;
  }

  /**
   * Why nothing may be read or made at a path: something above it is no folder, as a symbolic link; or its name, or that of a
   * folder above it, differs from one that is there in upper and lower case alone, and is the same file to other machines.
   */
  async obstacle(commit: string, file: string): Promise<string | undefined> {
    const parts = file.split('/');
    let tree = commit;
    for (const [i, part] of parts.entries()) {
      const names = await this.#tree(tree);
      const entry = names.get(part);
      const here = parts.slice(0, i + 1).join('/');
      if (entry === undefined) {
        const twin = [...names.keys()].find((name) => folded(name) === folded(part));
        return twin === undefined ? undefined : `${here} differs from ${twin} beside it in upper and lower case alone`;
      }
      if (i === parts.length - 1) return undefined;
      if (entry.mode !== FOLDER) return `${here} is no folder${entry.mode === LINK ? ' but a symbolic link' : ''}`;
      tree = entry.sha;
    }
    return undefined;
  }

  /** The bytes of a blob. */
  async blob(sha: string): Promise<Uint8Array> {
    return this.#blobs.get(sha, async () => gitBytes(['cat-file', 'blob', sha], await this.#clone.at(this.#clone.dir)));
  }

  /** Of a tree or a commit. A name, unlike an id, may mean another one tomorrow. */
  async #tree(name: string): Promise<ReadonlyMap<string, Entry>> {
    return isId(name) ? this.#trees.get(name, () => this.#listed(name)) : this.#listed(name);
  }

  async #listed(name: string): Promise<ReadonlyMap<string, Entry>> {
    const rows = await gitOk(['ls-tree', '-z', '--full-tree', name], await this.#clone.at(this.#clone.dir));
    const entries = rows
      .split('\0')
      .map((row) => /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(row))
      .filter((match) => match !== null)
      .map(([, mode = '', sha = '', file = '']): [string, Entry] => [file, { mode, sha }]);
    return new Map(entries);
  }
}
