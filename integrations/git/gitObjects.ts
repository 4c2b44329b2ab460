import type { GitPlace } from './gitClone.ts';
import { type GitObject, ObjectReader } from './objectReader.ts';
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
  readonly #reader: ObjectReader;
  /** By the id of a tree, or of a commit for its root. */
  readonly #trees = new Recent<ReadonlyMap<string, Entry>>(TREES_KEPT, () => 1);
  readonly #blobs = new Recent<Uint8Array>(BLOB_BYTES_KEPT, (bytes) => bytes.length);

  constructor(clone: GitPlace) {
    this.#reader = new ObjectReader(clone);
  }

  /** The entry at exactly this path of a commit's tree. */
  async entryAt(commit: string, file: string): Promise<Entry | undefined> {
    const parts = file.split('/');
    let tree = commit;
    for (const [i, part] of parts.entries()) {
      const entry = (await this.tree(tree)).get(part);
      if (entry === undefined || i === parts.length - 1) return entry;
      if (entry.mode !== FOLDER) return undefined;
      tree = entry.sha;
    }
    return undefined;
  }

  /** Names of the ordinary files in a folder of a commit, not of those below it; none where it is no folder. */
  async filesIn(commit: string, folder: string): Promise<readonly string[]> {
    const entry = await this.entryAt(commit, folder);
    if (entry?.mode !== FOLDER) return [];
    return [...(await this.tree(entry.sha))].flatMap(([name, { mode }]) => (FILES.has(mode) ? [name] : []));
  }

  /**
   * Why nothing may be read or made at a path: something above it is no folder, as a symbolic link; or its name, or that of a
   * folder above it, differs from one that is there in upper and lower case alone, and is the same file to other machines.
   */
  async obstacle(commit: string, file: string): Promise<string | undefined> {
    const parts = file.split('/');
    let tree = commit;
    for (const [i, part] of parts.entries()) {
      const names = await this.tree(tree);
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
    return this.#blobs.get(sha, async () => (await this.#reader.read(sha)).bytes);
  }

  /** The entries of a tree, or of a commit's root. A name, unlike an id, may mean another one tomorrow. */
  async tree(name: string): Promise<ReadonlyMap<string, Entry>> {
    const listed = async (): Promise<ReadonlyMap<string, Entry>> =>
      entriesOf(await this.#reader.read(`${name}^{tree}`));
    return isId(name) ? this.#trees.get(name, listed) : listed();
  }
}

/** A tree as git keeps it: `<mode> <name>`, a zero byte, and the id in bytes, of as many as the tree's own. */
function entriesOf({ sha, bytes }: GitObject): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(' ', at);
    const zero = bytes.indexOf(0, space);
    const end = zero + 1 + sha.length / 2;
    const mode = bytes.toString('latin1', at, space).padStart(6, '0');
    entries.set(bytes.toString('utf8', space + 1, zero), { mode, sha: bytes.toString('hex', zero + 1, end) });
    at = end;
  }
  return entries;
}
