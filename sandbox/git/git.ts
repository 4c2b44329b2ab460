import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Faults } from '../faults/faults.ts';
import { commitIn, filesBelow, headOf, objectsIn, run, textOf } from './objects.ts';

/** Faults of the Git server: a hook reads them at each push. */
export interface GitFaults {
  /** Refuse every push to this branch, as a protected branch does. */
  readonly protect?: string;
  /** Refuse the deletion of branches that begin so. */
  readonly keepBranches?: string;
  /** Refuse a push whose newest commit carries `Registrar-Step:` with this value. */
  readonly rejectStep?: string;
  /** Accept a push to this branch, then keep the answer back for so many seconds. */
  readonly slowAnswer?: { readonly branch: string; readonly seconds: number };
}

/** The Git server's faults among those that were put into the sandbox. */
export function gitFaultsOf(faults: Faults): GitFaults {
  const protect = faults.behaviour('git', 'protect')?.argument;
  const keepBranches = faults.behaviour('git', 'keepBranches')?.argument;
  const rejectStep = faults.behaviour('git', 'rejectStep')?.argument;
  const [, branch, seconds] = /^(.+)\/(\d+)$/.exec(faults.behaviour('git', 'slowAnswer')?.argument ?? '') ?? [];
  return {
    ...(protect === undefined ? {} : { protect }),
    ...(keepBranches === undefined ? {} : { keepBranches }),
    ...(rejectStep === undefined ? {} : { rejectStep }),
    ...(branch === undefined ? {} : { slowAnswer: { branch, seconds: Number(seconds) } }),
  };
}

/** Of what is in a shell itself: every push of every test starts it. */
const PRE_RECEIVE = `#!/bin/sh
# Plays a Git server that refuses: what to refuse stands in the file "faults" beside this repository's objects. While there is a
# file "refuse" it takes nothing.
. ./faults
if [ -e refuse ]; then echo "this repository takes no pushes now"; exit 1; fi
while read -r old new ref; do
  branch=\${ref#refs/heads/}
  if [ -n "$PROTECT" ] && [ "$branch" = "$PROTECT" ]; then echo "protected branch: $branch"; exit 1; fi
  case "$new" in
    *[!0]*)
      if [ -n "$REJECT_STEP" ] &&
        git log -1 --format='%(trailers:key=Registrar-Step,valueonly)' "$new" | grep -qx "$REJECT_STEP"; then
        echo "a policy of this repository declines the change"; exit 1
      fi ;;
    *)
      case "$branch" in "$KEEP"*) [ -n "$KEEP" ] && { echo "deleting $branch is not allowed"; exit 1; } ;; esac ;;
  esac
done
exit 0
`;

const POST_RECEIVE = `#!/bin/sh
. ./faults
while read -r old new ref; do
  if [ -n "$SLOW_BRANCH" ] && [ "\${ref#refs/heads/}" = "$SLOW_BRANCH" ]; then sleep "$SLOW_SECONDS"; fi
done
exit 0
`;

/** A bare repository on disk, playing the forge. */
export class BareRepository {
  readonly dir: string;
  readonly branch: string;

  constructor(dir: string, branch: string) {
    this.dir = dir;
    this.branch = branch;
  }

  async setFaults(faults: GitFaults): Promise<void> {
    const lines = [
      `PROTECT=${quoted(faults.protect)}`,
      `KEEP=${quoted(faults.keepBranches)}`,
      `REJECT_STEP=${quoted(faults.rejectStep)}`,
      `SLOW_BRANCH=${quoted(faults.slowAnswer?.branch)}`,
      `SLOW_SECONDS=${quoted(faults.slowAnswer?.seconds)}`,
    ];
    await writeFile(path.join(this.dir, 'faults'), `${lines.join('\n')}\n`);
    await setHook(this.dir, 'post-receive', faults.slowAnswer === undefined ? undefined : POST_RECEIVE);
  }

  async head(branch: string = this.branch): Promise<string> {
    return headOf(this.dir, branch);
  }

  /** Whether a branch holds that commit. */
  async isAncestor(commit: string, branch: string = this.branch): Promise<boolean> {
    const bases = await run(this.dir, ['merge-base', commit, `refs/heads/${branch}`]).catch(() => '');
    return bases.trim() === commit;
  }

  async branches(): Promise<readonly string[]> {
    const text = await run(this.dir, ['for-each-ref', '--format=%(refname:short)', 'refs/heads']);
    return text.split('\n').filter((line) => line !== '');
  }

  async read(file: string, revision?: string): Promise<string> {
    return textOf(this.dir, revision ?? (await this.head()), file);
  }

  /** Every file of a branch with the hash of its bytes. */
  async tree(branch: string = this.branch): Promise<Readonly<Record<string, string>>> {
    return Object.fromEntries(await filesBelow(objectsIn(this.dir), await this.head(branch), ''));
  }

  async diff(from: string, to: string): Promise<string> {
    return run(this.dir, ['diff', '--no-color', from, to]);
  }

  async log(range: string): Promise<readonly string[]> {
    return (await run(this.dir, ['log', '--format=%H %s', range])).split('\n').filter((line) => line !== '');
  }

  /** Lines added and removed in each file between two commits. */
  async numstat(from: string, to: string): Promise<readonly { file: string; added: number; removed: number }[]> {
    const text = await run(this.dir, ['diff', '--numstat', '--no-renames', from, to]);
    const rows = text.split('\n').filter((line) => line !== '');
    return rows.map((row) => {
      const [added, removed, file = ''] = row.split('\t');
      return { file, added: Number(added), removed: Number(removed) };
    });
  }

  /** A branch at the head of the target branch. */
  async createBranch(branch: string): Promise<void> {
    await run(this.dir, ['update-ref', `refs/heads/${branch}`, await this.head()]);
  }

  /** As a person who tidies up. */
  async deleteBranch(branch: string): Promise<void> {
    await run(this.dir, ['update-ref', '-d', `refs/heads/${branch}`]);
  }

  /** The whole message of a commit. */
  async message(commit: string): Promise<string> {
    return run(this.dir, ['log', '-1', '--format=%B', commit]);
  }

  /** Of a commit, what a format of `git log` names. */
  async show(format: string, commit: string): Promise<string> {
    return (await run(this.dir, ['log', '-1', `--format=${format}`, commit])).trim();
  }

  /** Every object, as text, for a search after what must not be in it. */
  async allObjects(): Promise<string> {
    const list = await run(this.dir, ['cat-file', '--batch-all-objects', '--batch-check=%(objectname) %(objecttype)']);
    const names = list
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' ')[0] ?? '');
    return run(this.dir, ['cat-file', '--batch'], `${names.join('\n')}\n`);
  }

  /** Somebody else's commit on a branch. A null text deletes the file. */
  async commitAs(
    author: string,
    changes: Readonly<Record<string, string | null>>,
    message: string,
    branch: string = this.branch,
  ): Promise<string> {
    const somebody = { name: author, email: `${author}@example.test` };
    const texts = Object.entries(changes).map(([file, text]) => ({ path: file, text }));
    const commit = await commitIn(this.dir, somebody, await this.head(branch), texts, message);
    // Pushed, for hooks of the server judge pushes.
    await run(this.dir, ['push', '--quiet', this.dir, `${commit}:refs/heads/${branch}`]);
    return commit;
  }

  /**
   * What a forge does when a person merges a branch: a merge commit, one new commit in place of all (`squash`), or every
   * commit written anew with another committer (`rebase`, new hashes even where a fast-forward would do). The branch stays.
   * No hook is asked, since a branch that is protected against pushes takes merges all the same. `message` is what the
   * person wrote in place of the forge's proposal, so that trailers get lost. Returns the new head of the target; throws
   * where the two conflict.
   */
  async merge(
    branch: string,
    way: 'merge' | 'squash' | 'rebase',
    options: { readonly into?: string; readonly by?: string; readonly message?: string } = {},
  ): Promise<string> {
    const { into = this.branch, by = 'reviewer' } = options;
    const work = await mkdtemp(path.join(tmpdir(), 'merge-'));
    const git = (...args: readonly string[]): Promise<string> =>
      run(work, [
        '-c',
        `user.name=${by}`,
        '-c',
        `user.email=${by}@example.test`,
        '-c',
        'maintenance.auto=false',
        ...args,
      ]);
    try {
      await git('clone', '--quiet', '--branch', into, this.dir, '.');
      const head = `origin/${branch}`;
      if (way === 'merge') {
        await git(
          'merge',
          '--quiet',
          '--no-ff',
          '-m',
          options.message ?? `Merge branch '${branch}' into ${into}`,
          head,
        );
      } else if (way === 'squash') {
        const message = options.message ?? (await squashMessage(git, head));
        await git('merge', '--quiet', '--squash', head);
        await git('commit', '--quiet', '--allow-empty', '-m', message);
      } else {
        await git('checkout', '--quiet', '-B', 'rebased', head);
        await git('rebase', '--quiet', '--no-ff', `origin/${into}`);
      }
      // Fetched, not pushed: hooks of the server judge pushes. A target that moved meanwhile is no fast-forward: refused.
      await run(this.dir, ['fetch', '--quiet', work, `HEAD:refs/heads/${into}`]);
      return (await git('rev-parse', 'HEAD')).trim();
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
}

/** The message that forges propose: that of the only commit, else the branch's name over a list of all messages. */
async function squashMessage(git: (...args: readonly string[]) => Promise<string>, head: string): Promise<string> {
  const text = await git('log', '--reverse', '--format=%B%x00', `HEAD..${head}`);
  const messages = text.split('\0').flatMap((message) => (message.trim() === '' ? [] : [message.trim()]));
  const [first = head, ...rest] = messages;
  if (rest.length === 0) return first;
  return [head.replace('origin/', ''), ...messages.map((message) => `* ${message}`)].join('\n\n');
}

/** A shell word, whatever is in it. */
function quoted(value: string | number | undefined): string {
  return `'${String(value ?? '').replaceAll("'", String.raw`'\''`)}'`;
}

/** A program that git starts at a push; undefined: none. */
async function setHook(dir: string, name: string, text: string | undefined): Promise<void> {
  const file = path.join(dir, 'hooks', name);
  await rm(file, { force: true });
  if (text !== undefined) await writeFile(file, text, { mode: 0o755 });
}

/** Makes a bare repository with one commit of these files. */
export async function createBareRepository(
  dir: string,
  files: Readonly<Record<string, string>>,
  branch = 'main',
): Promise<BareRepository> {
  for (const folder of ['objects', 'refs', 'hooks']) await mkdir(path.join(dir, folder), { recursive: true });
  await writeFile(path.join(dir, 'config'), SETTINGS);
  await writeFile(path.join(dir, 'HEAD'), `ref: refs/heads/${branch}\n`);
  // By the repository itself: no hook of it is asked, and nothing is pushed.
  await run(dir, FIRST, firstCommit(branch, files));
  const repository = new BareRepository(dir, branch);
  await setHook(dir, 'pre-receive', PRE_RECEIVE);
  await repository.setFaults({});
  return repository;
}

/** What stays in one pack needs no second program. */
const FIRST = ['-c', 'fastimport.unpackLimit=1', 'fast-import', '--quiet', '--done', '--date-format=now'];

/** Wherever the user keeps hooks of his own, a server has its own. It does not live long enough to be tidied up. */
const SETTINGS = `[core]
\trepositoryformatversion = 0
\tbare = true
\thooksPath = hooks
[receive]
\tautogc = false
[maintenance]
\tauto = false
`;

/** What `git fast-import` reads. */
function firstCommit(branch: string, files: Readonly<Record<string, string>>): string {
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const rows = Object.entries(files).map(([file, text]) => `M 100644 inline ${JSON.stringify(file)}\n${data(text)}`);
  const head = `commit refs/heads/${branch}\ncommitter somebody <somebody@example.test> now\n`;
  return `${head}${data('The repository as it is\n')}${rows.join('')}\ndone\n`;
}
