import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, inflateSync } from 'node:zlib';
import { execa } from 'execa';
import { BareRepository } from '../../sandbox/git/git.ts';
import type { Text } from './secrets.ts';

/** Every file below a folder as it is, what is compressed also unpacked, and every object of each Git repository. */
export async function textsBelow(folder: string, leftOut: ReadonlySet<string> = new Set()): Promise<readonly Text[]> {
  const names = await readdir(folder, { recursive: true });
  const files = names.map((name) => path.join(folder, name)).filter((file) => !leftOut.has(file));
  const read = await Promise.all(files.map(async (file) => textsOf(file, path.relative(folder, file))));
  return read.flat();
}

async function textsOf(file: string, name: string): Promise<readonly Text[]> {
  // What goes meanwhile was a socket, a lock or a folder.
  const kind = await stat(file).catch(() => undefined);
  if (kind?.isDirectory() === true && name.endsWith('objects'))
    return [{ name: `${name}, packed`, text: await new BareRepository(path.dirname(file), '').allObjects() }];
  if (kind?.isFile() !== true) return [];
  const bytes = await readFile(file);
  const inside = unpacked(bytes);
  return [
    { name, text: bytes.toString('latin1') },
    ...(inside === undefined ? [] : [{ name: `${name}, unpacked`, text: inside.toString('latin1') }]),
  ];
}

function unpacked(bytes: Buffer): Buffer | undefined {
  try {
    return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes[0] === 0x78 ? inflateSync(bytes) : undefined;
  } catch {
    // It only begins like one.
    return undefined;
  }
}

/** Every value of every table: in the file itself one that is longer than a page is cut into pieces. */
const EVERY_VALUE = `
import sqlite3, sys
database = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)
database.text_factory = bytes
for (table,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
    for row in database.execute('select * from "' + table.decode() + '"'):
        for value in row:
            sys.stdout.buffer.write(value if isinstance(value, bytes) else str(value).encode())
            sys.stdout.buffer.write(b'\\n')
`;

/** What a Temporal server has stored. */
export async function databaseText(file: string): Promise<Text> {
  const { stdout } = await execa('python3', ['-c', EVERY_VALUE, file], { encoding: 'buffer' });
  return { name: 'database of Temporal', text: Buffer.from(stdout).toString('latin1') };
}

/** Often enough to meet a Git command. */
const LOOK_MS = 4;

/** Reads from /proc what this process starts, and what that starts: arguments and environment of each. */
export class ProcessWatch {
  readonly #seen = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #looking = false;

  constructor() {
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** What was seen so far. */
  texts(): readonly Text[] {
    return [...this.#seen].map((text) => ({ name: `process ${text.slice(0, 60)}`, text }));
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    await this.#below(String(process.pid));
    this.#looking = false;
  }

  async #below(pid: string): Promise<void> {
    const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
    const lists = await Promise.all(threads.map(async (thread) => readProc(`${pid}/task/${thread}/children`)));
    const children = lists.flatMap((list) => list.split(' ').filter((child) => child !== ''));
    await Promise.all(
      children.map(async (child) => {
        const said = await Promise.all(['cmdline', 'environ'].map(async (file) => readProc(`${child}/${file}`)));
        this.#seen.add(said.join('\n').replaceAll('\0', ' '));
        await this.#below(child);
      }),
    );
  }
}

/** Nothing of a process that has ended. */
async function readProc(file: string): Promise<string> {
  return readFile(`/proc/${file}`, 'latin1').catch(() => '');
}
