/** One file of a change: its new text, or null to delete it. */
export interface FileChange {
  readonly path: string;
  readonly text: string | null;
}

export interface Commit {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly subject: string;
  /** Trailers by name, as `Registrar-Change` and `Registrar-Step`. Names as written. */
  readonly trailers: Readonly<Record<string, string>>;
}

export interface Branch {
  readonly name: string;
  readonly sha: string;
}

/**
 * The GitOps repository, through the real `git` command. A clone is cached per worker; each run has a worktree of its own.
 * Credentials come from the user's git configuration or the environment, never from an address.
 *
 * Each method may throw {@link RegistrarError}: `Unavailable` (no answer), `Unauthorized`, `NotFound` (branch, commit or
 * file that must exist), `Conflict` (a push that lost a race), `Refused` (the server declined: hook or protected branch).
 */
export interface GitRepository {
  /** Brings all branches of the remote up to date in the cache, deleted ones included. Call it before reading branches. */
  fetch(): Promise<void>;
  /** The remote's default branch: what `HEAD` as a targetRevision means. */
  defaultBranch(): Promise<string>;
  /** Head of a remote branch as of the last fetch; undefined where there is none. */
  head(branch: string): Promise<string | undefined>;
  /** Remote branches whose name starts with `prefix`, as of the last fetch. */
  branches(prefix: string): Promise<readonly Branch[]>;
  /** A file's text at a commit, or undefined. A file that is not UTF-8 is `Refused`. */
  readFile(commit: string, path: string): Promise<string | undefined>;
  /** Paths of the files directly in a folder at a commit. */
  listFiles(commit: string, folder: string): Promise<readonly string[]>;
  /** Text of a file as it was before the newest commit that deleted it; undefined where none did. */
  deletedText(commit: string, path: string): Promise<string | undefined>;
  /** Paths of the text files at a commit that hold one of these texts, byte for byte. */
  filesHolding(commit: string, texts: readonly string[]): Promise<readonly string[]>;
  /** Commits of `to` that are not in `from`, oldest first; the whole history of `to` where `from` is undefined. */
  log(from: string | undefined, to: string): Promise<readonly Commit[]>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** Paths that differ between two commits, or trees. */
  changedPaths(from: string, to: string): Promise<readonly string[]>;
  /**
   * Tree that a merge of `from` into `into` would make, which have a commit in common; nothing is merged. Undefined where the two conflict,
   * and where git is older than 2.38 and cannot tell.
   */
  mergedTree(into: string, from: string): Promise<string | undefined>;
  /** Unified diff between two commits, as `git diff` prints it. */
  diff(from: string, to: string): Promise<string>;
  /**
   * Makes one commit on top of `parent`; nothing is pushed. Returns the new commit. No change at all returns `parent` itself.
   */
  commit(options: {
    readonly parent: string;
    readonly changes: readonly FileChange[];
    readonly subject: string;
    readonly body?: string;
    readonly trailers: Readonly<Record<string, string>>;
  }): Promise<string>;
  /**
   * Pushes `commit` to `branch`. `expected` is the head that the remote branch must have now (null: must not exist);
   * another head is `Conflict`. A branch that is at `commit` already is success. Where no time is left to the
   * attempt no push begins, and one that is under way is cut short: both are `Unavailable`.
   */
  push(options: { readonly commit: string; readonly branch: string; readonly expected: string | null }): Promise<void>;
  /**
   * Asks the remote whether a push of `commit` to a new branch would begin (`git push --dry-run`), and pushes nothing. What a server
   * decides as a push comes in, by hooks and protected branches, is not asked. Throws as {@link push}.
   */
  tryPush(options: { readonly commit: string; readonly branch: string }): Promise<void>;
  /** Deletes a remote branch; absent is success. With `expected`, another head is `Conflict`. */
  deleteBranch(branch: string, expected?: string): Promise<void>;
  /**
   * Checks a commit out into the run's worktree and gives its path, for tools that need files (Ansible's parser). Two runs never
   * share one.
   */
  checkout(commit: string, worktree: string): Promise<string>;
  /** Removes the run's worktree; absent is success. */
  removeWorktree(worktree: string): Promise<void>;
}
