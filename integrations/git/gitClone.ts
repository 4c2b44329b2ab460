import { appendFile, mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { git, gitOk, type GitAnswer, type GitCommandOptions } from './gitCommand.ts';

/** A repository on disk, and how git is run in it. */
export type GitPlace = Pick<Clone, 'dir' | 'at'>;

export interface CloneOptions {
  readonly remote: string;
  /** Folder of all clones of this remote. */
  readonly home: string;
  readonly timeoutMs: number;
  /** What authorizes a command to the remote; asked for each, for a token may have been renewed. */
  readonly auth: () => Readonly<Record<string, string>>;
}

/** Clones of this process, which others of its number cannot be. */
const mine = new Set<string>();
const HOST = hostname().replaceAll(/[^\w.]/g, '_');
/** A clone of another machine that nobody has fetched into for so long is nobody's. */
const DAY_MS = 86_400_000;

/**
 * A bare clone for one process alone: one that was killed leaves locks behind that another must not meet. It is made when
 * it is first needed; what a process of the same number left there, as in a restarted container, goes first.
 */
export class Clone {
  readonly dir: string;
  readonly #options: CloneOptions;
  #made: Promise<void> | undefined;

  constructor(options: CloneOptions) {
    this.#options = options;
    this.dir = path.join(options.home, `clone-${HOST}-${process.pid}-${mine.size + 1}`);
    mine.add(this.dir);
  }

  /**
   * Runs git in it, for as long as `timeFor` makes of the clone's own limit; asked again where the command is repeated. A lock that
   * a killed command left is removed, for nobody else works here.
   */
  async run(args: readonly string[], timeFor = async (ms: number): Promise<number> => ms): Promise<GitAnswer> {
    const own = await this.at(this.dir);
    const once = async (): Promise<GitAnswer> => git(args, { ...own, timeoutMs: await timeFor(own.timeoutMs) });
    const answer = await once();
    const lock = /Unable to create '([^']+\.lock)': File exists/.exec(answer.stderr)?.[1];
    if (answer.exitCode === 0 || lock === undefined || !lock.startsWith(`${this.dir}${path.sep}`)) return answer;
    await rm(lock, { force: true });
    return once();
  }

  /** Options for a command in a folder of its. */
  async at(
    cwd: string,
    input?: string | Buffer,
    env: Readonly<Record<string, string>> = {},
  ): Promise<GitCommandOptions> {
    await this.#ensure();
    const { timeoutMs, auth } = this.#options;
    return { cwd, timeoutMs, env: { ...auth(), ...env }, ...(input === undefined ? {} : { input }) };
  }

  /** Notes that it is in use. */
  async touch(): Promise<void> {
    const now = new Date();
    await utimes(this.dir, now, now);
  }

  async #ensure(): Promise<void> {
    this.#made ??= this.#make().catch((error: unknown) => {
      this.#made = undefined;
      throw error;
    });
    await this.#made;
  }

  async #make(): Promise<void> {
    const { home, remote, timeoutMs } = this.#options;
    await mkdir(home, { recursive: true });
    await removeDead(home);
    await rm(this.dir, { recursive: true, force: true });
    await mkdir(this.dir, { recursive: true });
    const at = { cwd: this.dir, timeoutMs };
    await gitOk(['init', '--quiet', '--bare', '.'], at);
    await appendFile(path.join(this.dir, 'config'), settings(remote));
  }
}

/** In the clone's own configuration, which stands above the user's. */
function settings(remote: string): string {
  const url = remote.replaceAll('\\', String.raw`\\`).replaceAll('"', String.raw`\"`);
  return `[remote "origin"]
	url = "${url}"
[core]
	# Bytes of other people's files must survive a checkout.
	autocrlf = false
	safecrlf = false
	# Hooks of the machine's user are about people's commits.
	hooksPath = /dev/null
[gc]
	auto = 0
[maintenance]
	auto = false
[log]
	showSignature = false
[diff]
	noprefix = false
	mnemonicPrefix = false
`;
}

async function removeDead(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const folder = path.join(home, name);
    const [, host, pid] = /^clone-([\w.]+)-(\d+)-\d+$/.exec(name) ?? [];
    if (pid === undefined || mine.has(folder)) continue;
    const dead = host === HOST ? !isAlive(Number(pid)) : await isOld(folder);
    if (dead) await rm(folder, { recursive: true, force: true });
  }
}

/** Of this process's number, but not this process's: its process is gone. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isOld(folder: string): Promise<boolean> {
  const about = await stat(folder).catch(() => undefined);
  return about !== undefined && Date.now() - about.mtimeMs > DAY_MS;
}
