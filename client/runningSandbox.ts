import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { RegistrarError } from '../core/base/errors.ts';

/** Where a sandbox that runs can be reached. */
export interface SandboxNote {
  /** Its process, and a word that only this start of it knows: numbers of processes are given again. */
  readonly pid: number;
  readonly nonce: string;
  /** Its own address, by which faults are put in. */
  readonly control: string;
  /** `host:port` of its Temporal, and the address of Temporal's UI. */
  readonly temporal: string;
  readonly ui: string;
}

/**
 * Where the sandbox keeps what it downloads, and notes that it runs: in the clone, or in the person's own cache where this is an
 * installed package, which may not be written.
 */
export const CACHE_DIR = process.env['REGISTRAR_SANDBOX_CACHE'] ?? cacheOf(import.meta.url, process.env);

/** The folder of who has this module. */
function cacheOf(module: string, env: NodeJS.ProcessEnv): string {
  if (module.includes('/node_modules/'))
    return path.join(env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'oidc-registrar');
  return fileURLToPath(new URL(module.endsWith('.ts') ? '../.cache' : '../../.cache', module));
}

const ANSWER_MS = 2_000;

const noteFile = (dir: string): string => path.join(dir, 'sandbox.json');

/** The sandbox that runs here; undefined where none does, whatever one that was killed has left behind. */
export async function runningSandbox(dir: string = CACHE_DIR): Promise<SandboxNote | undefined> {
  const note = await readNote(dir);
  return note !== undefined && isAlive(note.pid) && (await answers(note)) ? note : undefined;
}

/**
 * Notes that a sandbox runs. Resolves with what takes the note away. Throws `Refused` where another one runs: a command
 * could not tell which of them is meant.
 */
export async function noteSandbox(dir: string, note: SandboxNote): Promise<() => Promise<void>> {
  await mkdir(dir, { recursive: true });
  await refuseSecond(dir);
  await rm(noteFile(dir), { force: true });
  // Of two that came here at once the second finds the file.
  await writeFile(noteFile(dir), JSON.stringify(note), { flag: 'wx' }).catch(() => refuseSecond(dir));
  return async () => {
    if ((await readNote(dir))?.nonce === note.nonce) await rm(noteFile(dir), { force: true });
  };
}

/** Throws `Refused` where a sandbox runs here. */
export async function refuseSecond(dir: string): Promise<void> {
  const other = await runningSandbox(dir);
  if (other === undefined) return;
  throw new RegistrarError({
    system: 'oidc-registrar',
    kind: 'Refused',
    message: `a sandbox runs already: process ${other.pid}, Temporal at ${other.temporal}`,
    remedy: `Use it, or end it (Ctrl-C in its terminal, or kill ${other.pid}). For a second one set REGISTRAR_SANDBOX_CACHE to a folder of its own.`,
  });
}

const FIELDS = ['nonce', 'control', 'temporal', 'ui'] as const;

/** undefined for what is no note: a file that anything may have written must not keep a command from its own Temporal. */
async function readNote(dir: string): Promise<SandboxNote | undefined> {
  try {
    const note = JSON.parse(await readFile(noteFile(dir), 'utf8')) as SandboxNote;
    return Number.isInteger(note.pid) && FIELDS.every((field) => typeof note[field] === 'string') ? note : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function answers({ control, nonce }: SandboxNote): Promise<boolean> {
  try {
    const response = await fetch(`${control}/nonce`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return ((await response.json()) as { nonce?: string }).nonce === nonce;
  } catch {
    return false;
  }
}
