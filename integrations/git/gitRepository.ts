import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Secret } from '../../core/base/secret.ts';
import { NO_ATTEMPT, type Attempt } from '../attempt.ts';
import { Clone } from './gitClone.ts';
import { git, gitError, kindOf, type GitAnswer } from './gitCommand.ts';
import { GitCommits } from './gitCommit.ts';
import { authorization } from './gitEnvironment.ts';
import { GitLog } from './gitLog.ts';
import { FILES, GitObjects, isId } from './gitObjects.ts';
import { Recent } from './recent.ts';
import { headsIn, noBranches, refusalOf } from './remoteAnswers.ts';
import type { Branch, Commit, GitRepository } from './repository.ts';
import { assertWorktreeName } from './worktreeName.ts';

export interface GitRepositoryOptions {
  readonly remote: string;
  /** Folder of the worker's own, for the clone and the worktrees. */
  readonly cacheDir: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly timeoutMs: number;
  /** For an HTTPS remote; goes as a header through the environment, never into argv or an address. */
  readonly token?: Secret;
  /** In whose name it pushes. */
  readonly attempt?: Attempt;
}

const REMOTE = 'refs/remotes/origin/';
/** Characters, with one an answer. */
const ANSWERS_KEPT = 1_000_000;
/** By this code git says that it does not know an option. */
const MISUSED = 129;

/** The GitOps repository in a cached clone. One queue a clone: git's own locks make parallel writes fail. */
export function createGitRepository(options: GitRepositoryOptions): GitRepository {
  return new CachedClone(options);
}

class CachedClone implements GitRepository {
  readonly #options: GitRepositoryOptions;
  readonly #clone: Clone;
  readonly #objects: GitObjects;
  readonly #commits: GitCommits;
  readonly #log = new GitLog((args) => this.#read(args));
  readonly #answers = new Recent<GitAnswer>(ANSWERS_KEPT, ({ stdout }) => stdout.length + 1);
  #queue: Promise<unknown> = Promise.resolve();
  /** A fetch that has yet to begin. */
  #next: Promise<void> | undefined;
  /** The remote's branches as of the last fetch: nobody else writes to this clone. */
  #fetched: ReadonlyMap<string, string> | undefined;
  #asked = false;
  /**
   * Heads of branches that were pushed since the last fetch, undefined for deleted ones. Not written into the clone: a disk
   * that is full by then would make a failure of a push that is done.
   */
  readonly #pushedSince = new Map<string, string | undefined>();
  /** Heads whose objects the clone has: of the last fetch that brought something, and pushed since. */
  #present: ReadonlySet<string> = new Set();

  constructor(options: GitRepositoryOptions) {
    this.#options = options;
    const id = createHash('sha256').update(options.remote).digest('hex').slice(0, 16);
    this.#clone = new Clone({
      remote: options.remote,
      home: path.join(options.cacheDir, id),
      timeoutMs: options.timeoutMs,
      auth: () => authorization(options.remote, options.token, process.env),
    });
    this.#objects = new GitObjects(this.#clone);
    this.#commits = new GitCommits(this.#clone, this.#objects, options.author);
  }

  /** Many runs ask at once: one fetch is for all who ask before it begins, and as new as one of their own. */
  async fetch(): Promise<void> {
    this.#next ??= this.#inTurn(() => {
      this.#next = undefined;
      return this.#fetchNow();
    });
    await this.#next;
  }

  /** Asks for the heads first: where the clone has them all, as after a push of its own, there is nothing to fetch. */
  async #fetchNow(): Promise<void> {
    this.#asked = true;
    const heads = await this.#remoteHeads();
    const known = [...heads.values()].every((sha) => this.#present.has(sha));
    this.#fetched = known ? heads : await this.#fetchNew();
    this.#pushedSince.clear();
    await this.#clone.touch();
  }

  async #fetchNew(): Promise<ReadonlyMap<string, string>> {
    const how = ['--prune', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', '--quiet'];
    await this.#ok(['fetch', ...how, 'origin', '+refs/heads/*:refs/remotes/origin/*']);
    const heads = await this.#cloneHeads();
    this.#present = new Set(heads.values());
    return heads;
  }

  async defaultBranch(): Promise<string> {
    const answer = await this.#ok(['ls-remote', '--symref', 'origin', 'HEAD']);
    if (answer === '') throw noBranches('ls-remote');
    const match = /^ref: refs\/heads\/(\S+)\s+HEAD/m.exec(answer);
    if (match?.[1] !== undefined) return match[1];
    throw gitError('NotFound', ['ls-remote'], 'the remote names no default branch');
  }

  async head(branch: string): Promise<string | undefined> {
    return (await this.#heads()).get(branch);
  }

  async branches(prefix: string): Promise<readonly Branch[]> {
    return [...(await this.#heads())]
      .map(([name, sha]) => ({ sha, name }))
      .filter((branch) => branch.name.startsWith(prefix));
  }

  /** As of the last fetch or push. */
  async #heads(): Promise<ReadonlyMap<string, string>> {
    const heads = new Map((this.#fetched ??= await this.#cloneHeads()));
    for (const [name, sha] of this.#pushedSince) {
      if (sha === undefined) heads.delete(name);
      else heads.set(name, sha);
    }
    return heads;
  }

  /** What the clone has of the remote's branches. */
  async #cloneHeads(): Promise<ReadonlyMap<string, string>> {
    const heads = headsIn(await this.#ok(['for-each-ref', '--format=%(objectname) %(refname)', REMOTE]), REMOTE);
    if (this.#asked && heads.size === 0) throw noBranches('fetch');
    return heads;
  }

  /** A worker that takes a run over may be new, or idle since before the commit was made: then it has yet to fetch it. */
  async #fetching<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof RegistrarError) || error.kind !== 'NotFound') throw error;
      await this.fetch();
      return read();
    }
  }

  async readFile(commit: string, file: string): Promise<string | undefined> {
    const entry = await this.#fetching(() => this.#objects.entryAt(commit, file));
    if (entry === undefined) {
      const obstacle = await this.#objects.obstacle(commit, file);
      if (obstacle === undefined) return undefined;
      throw unreadable(`${file}: ${obstacle}`, 'Name the file by its own path, as Git has it.');
    }
    if (!FILES.has(entry.mode))
      throw unreadable(`${file} is no ordinary file`, 'Name the file itself, not a link to it.');
    const bytes = await this.#objects.blob(entry.sha);
    if (bytes.length > FILE_LIMIT)
      throw unreadable(
        `${file} has ${bytes.length} bytes, and the job edits files of ${FILE_LIMIT} at most`,
        'Split the file: a worker that reads it serves nobody else meanwhile, and no ConfigMap takes so much.',
      );
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw unreadable(
        `${file} is not UTF-8`,
        'Convert the file to UTF-8; other encodings cannot be edited byte by byte.',
      );
    }
  }

  async listFiles(commit: string, folder: string): Promise<readonly string[]> {
    const at = folder.replace(/\/$/, '');
    return (await this.#fetching(() => this.#objects.filesIn(commit, at))).map((name) => `${at}/${name}`);
  }

  async deletedText(commit: string, file: string): Promise<string | undefined> {
    const how = ['--literal-pathspecs', 'log', '-1', '--diff-filter=D', '--no-renames', '--format=%H'];
    const deletion = (await this.#read([...how, commit, '--', file])).trim();
    return deletion === '' ? undefined : this.readFile(`${deletion}^`, file);
  }

  async filesHolding(commit: string, texts: readonly string[]): Promise<readonly string[]> {
    const args = ['grep', '-I', '-l', '-z', '-F', ...texts.flatMap((text) => ['-e', text]), commit, '--'];
    // 1 says that nothing was found.
    const { stdout } = await this.#ofIds([commit], args, 1);
    return stdout
      .split('\0')
      .filter((row) => row !== '')
      .map((row) => row.slice(commit.length + 1));
  }

  async log(from: string | undefined, to: string): Promise<readonly Commit[]> {
    return this.#log.between(from, to);
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    const known = this.#log.isAncestor(ancestor, descendant);
    if (known !== undefined) return known;
    const args = ['merge-base', '--is-ancestor', ancestor, descendant];
    return (await this.#ofIds([ancestor, descendant], args, 1)).exitCode === 0;
  }

  async changedPaths(from: string, to: string): Promise<readonly string[]> {
    if (from === to && isId(from)) return [];
    const args = ['diff', '--name-only', '--no-renames', '-z', from, to, '--'];
    const { stdout } = await this.#ofIds([from, to], args, 0);
    return stdout.split('\0').filter((name) => name !== '');
  }

  async mergedTree(into: string, from: string): Promise<string | undefined> {
    try {
      const args = ['merge-tree', '--write-tree', '--no-messages', into, from];
      return (await this.#ofIds([into, from], args, 0)).stdout.trim();
    } catch (error) {
      if (!(error instanceof RegistrarError) || error.kind === 'NotFound') throw error;
      // 1 says that the two conflict.
      if (error.status === 1 || error.status === MISUSED) return undefined;
      throw error;
    }
  }

  async diff(from: string, to: string): Promise<string> {
    return this.#read(['diff', '--no-color', '--no-ext-diff', from, to, '--']);
  }

  async commit(options: Parameters<GitRepository['commit']>[0]): Promise<string> {
    const { parent, subject, trailers } = options;
    const sha = await this.#inTurn(() => this.#commits.commit(options));
    if (sha !== parent) this.#log.learn({ sha, parents: [parent], subject, trailers });
    return sha;
  }

  async push({ commit, branch, expected }: Parameters<GitRepository['push']>[0]): Promise<void> {
    const ref = `refs/heads/${branch}`;
    const args = ['push', '--porcelain', `--force-with-lease=${ref}:${expected ?? ''}`, 'origin', `${commit}:${ref}`];
    await this.#pushed(args, branch, commit);
  }

  async tryPush({ commit, branch }: Parameters<GitRepository['tryPush']>[0]): Promise<void> {
    const args = ['push', '--dry-run', '--porcelain', 'origin', `${commit}:refs/heads/${branch}`];
    const answer = await this.#inTurn(() => this.#clone.run(args));
    if (answer.exitCode !== 0) throw refusalOf(args, branch, answer);
  }

  async deleteBranch(branch: string, expected?: string): Promise<void> {
    const ref = `refs/heads/${branch}`;
    const lease = expected === undefined ? [] : [`--force-with-lease=${ref}:${expected}`];
    await this.#pushed(['push', '--porcelain', ...lease, 'origin', `:${ref}`], branch, undefined);
  }

  /** A push that was refused may still have reached its goal in an attempt whose answer was lost. */
  async #pushed(args: readonly string[], branch: string, goal: string | undefined): Promise<void> {
    await this.#inTurn(async () => {
      const { attempt = NO_ATTEMPT } = this.#options;
      const answer = await this.#clone.run(args, (ms) => attempt.timeFor(ms));
      if (answer.exitCode === 0 || (await this.#remoteHead(branch)) === goal) {
        this.#pushedSince.set(branch, goal);
        if (goal !== undefined) this.#present = new Set([...this.#present, goal]);
        return;
      }
      throw refusalOf(args, branch, answer);
    });
  }

  async #remoteHead(branch: string): Promise<string | undefined> {
    return (await this.#remoteHeads()).get(branch);
  }

  async #remoteHeads(): Promise<ReadonlyMap<string, string>> {
    const heads = headsIn(await this.#ok(['ls-remote', 'origin', 'refs/heads/*']), 'refs/heads/');
    if (heads.size === 0) throw noBranches('ls-remote');
    return heads;
  }

  async checkout(commit: string, worktree: string): Promise<string> {
    return this.#fetching(() => this.#inTurn(() => this.#worktree(commit, this.#worktreePath(worktree))));
  }

  async removeWorktree(worktree: string): Promise<void> {
    await this.#inTurn(() => this.#forgetWorktree(this.#worktreePath(worktree)));
  }

  #worktreePath(name: string): string {
    assertWorktreeName(name);
    return path.join(this.#clone.dir, 'worktrees-of-runs', name);
  }

  /** The run's worktree, clean at a commit; one that was left half made is made again. */
  async #worktree(commit: string, folder: string): Promise<string> {
    if (await exists(path.join(folder, '.git'))) {
      const at = await this.#clone.at(folder);
      const clean = (await git(['reset', '--hard', '--quiet', commit], at)).exitCode === 0;
      if (clean && (await git(['clean', '-ffdxq'], at)).exitCode === 0) return folder;
    }
    await this.#forgetWorktree(folder);
    await this.#ok(['worktree', 'add', '--force', '--detach', '--quiet', folder, commit]);
    return folder;
  }

  /** The files, and what git notes of them in the clone under the same name: `git worktree prune` would look for no more. */
  async #forgetWorktree(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
    await rm(path.join(this.#clone.dir, 'worktrees', path.basename(folder)), { recursive: true, force: true });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(work, work);
    this.#queue = run.catch(() => undefined);
    return run;
  }

  async #ok(args: readonly string[]): Promise<string> {
    return (await this.#run(args, 0)).stdout;
  }

  async #run(args: readonly string[], worst: number): Promise<GitAnswer> {
    const answer = await this.#clone.run(args);
    if (answer.exitCode <= worst) return answer;
    throw gitError(kindOf(answer.stderr), args, answer.stderr, answer.exitCode);
  }

  /** What reads commits. */
  async #read(args: readonly string[]): Promise<string> {
    return (await this.#answered(args, 0)).stdout;
  }

  /** What reads commits, and answers by its exit code too, up to `worst`. */
  async #answered(args: readonly string[], worst: number): Promise<GitAnswer> {
    return this.#fetching(() => this.#run(args, worst));
  }

  /** What reads these commits and nothing else: of ids it is asked once while its answer is kept. */
  async #ofIds(commits: readonly string[], args: readonly string[], worst: number): Promise<GitAnswer> {
    const ask = (): Promise<GitAnswer> => this.#answered(args, worst);
    return commits.every(isId) ? this.#answers.get(args.join('\0'), ask) : ask();
  }
}

/** Bytes of a file that is read to be edited. A ConfigMap takes 1 MiB. */
const FILE_LIMIT = 2 * 1024 * 1024;

function unreadable(message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: 'Git', kind: 'Refused', message, remedy });
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
