import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RegistrarError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import { git, gitError, gitOk, kindOf, type GitCommandOptions } from './gitCommand.ts';
import type { Branch, Commit, FileChange, GitRepository } from './repository.ts';

export interface GitRepositoryOptions {
  readonly remote: string;
  /** Folder of the worker's own, for the clone and the worktrees. */
  readonly cacheDir: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly timeoutMs: number;
  /** For an HTTPS remote; goes as a header through the environment, never into argv or an address. */
  readonly token?: Secret;
}

const REMOTE = 'refs/remotes/origin/';
const UNIT = '\u001f';
const RECORD = '\u001e';

let clones = 0;

/** The GitOps repository in a cached clone. One queue a clone: git's own locks make parallel commands fail. */
export function createGitRepository(options: GitRepositoryOptions): GitRepository {
  const id = createHash('sha256').update(options.remote).digest('hex').slice(0, 16);
  return new CachedClone(options, path.join(options.cacheDir, id));
}

class CachedClone implements GitRepository {
  readonly #options: GitRepositoryOptions;
  readonly #home: string;
  readonly #clone: string;
  readonly #auth: Readonly<Record<string, string>>;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: GitRepositoryOptions, home: string) {
    this.#options = options;
    // Each process has a clone of its own: one that was killed leaves locks behind that another must not meet.
    clones += 1;
    this.#clone = path.join(home, `clone-${process.pid}-${clones}`);
    this.#home = home;
    this.#auth = authorization(options.token);
  }

  async fetch(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#ensureClone();
      await this.#ok(['fetch', '--prune', '--no-tags', '--quiet', 'origin', '+refs/heads/*:refs/remotes/origin/*']);
    });
  }

  async defaultBranch(): Promise<string> {
    const answer = await this.#ok(['ls-remote', '--symref', 'origin', 'HEAD']);
    const match = /^ref: refs\/heads\/(\S+)\s+HEAD/m.exec(answer);
    if (match?.[1] !== undefined) return match[1];
    throw gitError('NotFound', ['ls-remote'], 'the remote names no default branch');
  }

  async head(branch: string): Promise<string | undefined> {
    const answer = await git(['rev-parse', '--verify', '--quiet', `${REMOTE}${branch}^{commit}`], this.#in());
    return answer.exitCode === 0 ? answer.stdout.trim() : undefined;
  }

  async branches(prefix: string): Promise<readonly Branch[]> {
    // for-each-ref takes a prefix only up to a slash, so the rest is filtered here.
    const text = await this.#ok(['for-each-ref', '--format=%(objectname) %(refname)', REMOTE]);
    return text
      .split('\n')
      .map((line) => /^(\S+) refs\/remotes\/origin\/(.+)$/.exec(line))
      .filter((match) => match !== null)
      .map((match) => ({ sha: match[1] ?? '', name: match[2] ?? '' }))
      .filter((branch) => branch.name.startsWith(prefix));
  }

  async readFile(commit: string, file: string): Promise<string | undefined> {
    const exists = await git(['cat-file', '-e', `${commit}:${file}`], this.#in());
    if (exists.exitCode !== 0) {
      await this.#ok(['cat-file', '-e', `${commit}^{commit}`]);
      return undefined;
    }
    const text = await this.#ok(['cat-file', 'blob', `${commit}:${file}`]);
    if (!text.includes('\uFFFD')) return text;
    throw new RegistrarError({
      system: 'Git',
      kind: 'Refused',
      message: `${file} is not UTF-8`,
      remedy: 'Convert the file to UTF-8; other encodings cannot be edited byte by byte.',
    });
  }

  async listFiles(commit: string, folder: string): Promise<readonly string[]> {
    const text = await this.#ok(['ls-tree', '-z', '--name-only', commit, `${folder.replace(/\/$/, '')}/`]);
    return text.split('\0').filter((name) => name !== '');
  }

  async log(from: string | undefined, to: string): Promise<readonly Commit[]> {
    const range = from === undefined ? to : `${from}..${to}`;
    const format = `--format=${['%H', '%P', '%s', '%(trailers:only,unfold)'].join(UNIT)}${RECORD}`;
    const text = await this.#ok(['log', '--reverse', '--topo-order', format, range]);
    return text
      .split(RECORD)
      .map((record) => record.replace(/^\n/, ''))
      .filter((record) => record !== '')
      .map(parseCommit);
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    const args = ['merge-base', '--is-ancestor', ancestor, descendant];
    const answer = await git(args, this.#in());
    if (answer.exitCode > 1) throw gitError(kindOf(answer.stderr), args, answer.stderr, answer.exitCode);
    return answer.exitCode === 0;
  }

  async changedPaths(from: string, to: string): Promise<readonly string[]> {
    const text = await this.#ok(['diff', '--name-only', '--no-renames', '-z', from, to]);
    return text.split('\0').filter((name) => name !== '');
  }

  async diff(from: string, to: string): Promise<string> {
    return this.#ok(['diff', '--no-color', '--no-ext-diff', from, to]);
  }

  async commit(options: Parameters<GitRepository['commit']>[0]): Promise<string> {
    return this.#inTurn(async () => {
      const folder = await this.#worktree(options.parent, options.worktree);
      for (const change of options.changes) await write(folder, change);
      const at = { ...this.#in(), cwd: folder };
      await gitOk(['add', '--all', '--force', '--', ...options.changes.map((change) => change.path)], at);
      if ((await git(['diff', '--cached', '--quiet'], at)).exitCode === 0) return options.parent;
      const trailers = Object.entries(options.trailers).map(([name, value]) => `${name}: ${value}`);
      const message = [
        options.subject,
        ...(options.body === undefined ? [] : [options.body]),
        trailers.join('\n'),
      ].join('\n\n');
      // Hooks of the machine's user are about people's commits; signing by the user's configuration stays as it is.
      await gitOk(['-c', 'core.hooksPath=/dev/null', 'commit', '--quiet', '--file=-'], {
        ...at,
        input: `${message}\n`,
      });
      return (await gitOk(['rev-parse', 'HEAD'], at)).trim();
    });
  }

  async push({ commit, branch, expected }: Parameters<GitRepository['push']>[0]): Promise<void> {
    const ref = `refs/heads/${branch}`;
    const args = ['push', '--porcelain', `--force-with-lease=${ref}:${expected ?? ''}`, 'origin', `${commit}:${ref}`];
    await this.#pushed(args, branch, commit);
  }

  async deleteBranch(branch: string, expected?: string): Promise<void> {
    const ref = `refs/heads/${branch}`;
    const lease = expected === undefined ? [] : [`--force-with-lease=${ref}:${expected}`];
    await this.#pushed(['push', '--porcelain', ...lease, 'origin', `:${ref}`], branch, undefined);
  }

  /** A push that was refused may still have reached its goal in an attempt whose answer was lost. */
  async #pushed(args: readonly string[], branch: string, goal: string | undefined): Promise<void> {
    await this.#inTurn(async () => {
      const answer = await git(args, this.#in());
      if (answer.exitCode === 0) {
        await this.#noteRemote(branch, goal);
        return;
      }
      const now = (await this.#ok(['ls-remote', 'origin', `refs/heads/${branch}`])).split(/\s/)[0] ?? '';
      if (now === (goal ?? '')) {
        await this.#noteRemote(branch, goal);
        return;
      }
      const said = `${answer.stdout}\n${answer.stderr}`;
      const lost =
        /stale info|fetch first|non-fast-forward|\[rejected\]|reference already exists|cannot lock ref|incorrect old value/.test(
          said,
        );
      const declined =
        /\[remote rejected\]|hook declined|protected branch|denied by/i.test(said) &&
        !/cannot lock ref|incorrect old value/.test(said);
      if (declined) throw gitError('Refused', args, remoteWords(said), answer.exitCode);
      if (lost)
        throw gitError(
          'Conflict',
          args,
          `${branch} is not where it was expected: ${remoteWords(said)}`,
          answer.exitCode,
        );
      throw gitError(kindOf(answer.stderr), args, answer.stderr, answer.exitCode);
    });
  }

  async #noteRemote(branch: string, sha: string | undefined): Promise<void> {
    if (sha === undefined) await git(['update-ref', '-d', `${REMOTE}${branch}`], this.#in());
    else await this.#ok(['update-ref', `${REMOTE}${branch}`, sha]);
  }

  async checkout(commit: string, worktree: string): Promise<string> {
    return this.#inTurn(() => this.#worktree(commit, worktree));
  }

  async removeWorktree(worktree: string): Promise<void> {
    await this.#inTurn(async () => {
      await rm(this.#worktreePath(worktree), { recursive: true, force: true });
      await git(['worktree', 'prune'], this.#in());
    });
  }

  #worktreePath(name: string): string {
    return path.join(this.#clone, 'worktrees-of-runs', name);
  }

  /** The run's worktree, clean at a commit; one that was left half made is made again. */
  async #worktree(commit: string, name: string): Promise<string> {
    const folder = this.#worktreePath(name);
    const at = { ...this.#in(), cwd: folder };
    if (await exists(path.join(folder, '.git'))) {
      const clean = (await git(['reset', '--hard', '--quiet', commit], at)).exitCode === 0;
      if (clean && (await git(['clean', '-ffdxq'], at)).exitCode === 0) return folder;
    }
    await rm(folder, { recursive: true, force: true });
    await git(['worktree', 'prune'], this.#in());
    await this.#ok(['worktree', 'add', '--force', '--detach', '--quiet', folder, commit]);
    return folder;
  }

  async #ensureClone(): Promise<void> {
    if (await exists(path.join(this.#clone, 'cloned'))) return;
    await mkdir(this.#home, { recursive: true });
    await removeDeadClones(this.#home);
    await rm(this.#clone, { recursive: true, force: true });
    await mkdir(this.#clone, { recursive: true });
    await this.#ok(['init', '--quiet', '--bare', '.']);
    await this.#ok(['config', 'remote.origin.url', this.#options.remote]);
    // Bytes of other people's files must survive a checkout and a commit.
    await this.#ok(['config', 'core.autocrlf', 'false']);
    await this.#ok(['config', 'core.safecrlf', 'false']);
    await this.#ok(['config', 'gc.auto', '0']);
    await this.#ok(['config', 'user.name', this.#options.author.name]);
    await this.#ok(['config', 'user.email', this.#options.author.email]);
    await writeFile(path.join(this.#clone, 'cloned'), '');
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(work, work);
    this.#queue = run.catch(() => undefined);
    return run;
  }

  async #ok(args: readonly string[]): Promise<string> {
    return gitOk(args, this.#in());
  }

  #in(): GitCommandOptions {
    return { cwd: this.#clone, timeoutMs: this.#options.timeoutMs, env: this.#auth };
  }
}

function authorization(token: Secret | undefined): Readonly<Record<string, string>> {
  if (token === undefined) return {};
  const basic = Buffer.from(`oauth2:${token.reveal()}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
}

function parseCommit(record: string): Commit {
  const [sha = '', parents = '', subject = '', trailers = ''] = record.split(UNIT);
  const pairs = trailers
    .split('\n')
    .map((line) => /^([^:\s]+):\s*(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map((match): [string, string] => [match[1] ?? '', match[2] ?? '']);
  return { sha, parents: parents === '' ? [] : parents.split(' '), subject, trailers: Object.fromEntries(pairs) };
}

function remoteWords(said: string): string {
  return said
    .split('\n')
    .filter((line) => /remote:|rejected|declined|stale/.test(line))
    .join('\n');
}

async function write(folder: string, change: FileChange): Promise<void> {
  const file = path.join(folder, change.path);
  if (change.text === null) {
    await rm(file, { force: true });
    return;
  }
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, change.text);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** Clones of processes that are gone are nobody's. */
async function removeDeadClones(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const pid = /^clone-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(path.join(home, name), { recursive: true, force: true });
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
