import { isId } from './gitObjects.ts';
import { Recent } from './recent.ts';
import type { Commit } from './repository.ts';

const COMMITS_KEPT = 10_000;
const UNIT = '\u001f';
const RECORD = '\u001e';

/**
 * Commits from one to another, the first excluded, oldest first. Between two ids they never change, so git is asked once while
 * they are kept: every look at the target asks for the same ones, and every question is a process. A run's branch is a
 * line of commits that were made or read here, and of such a line nothing is asked.
 */
export class GitLog {
  readonly #read: (args: readonly string[]) => Promise<string>;
  readonly #ranges = new Recent<readonly Commit[]>(COMMITS_KEPT, (commits) => commits.length + 1);
  readonly #commits = new Recent<Commit>(COMMITS_KEPT, () => 1);

  constructor(read: (args: readonly string[]) => Promise<string>) {
    this.#read = read;
  }

  async between(from: string | undefined, to: string): Promise<readonly Commit[]> {
    const range = from === undefined ? to : `${from}..${to}`;
    if (!isId(from ?? to) || !isId(to)) return this.#of(range);
    const line = from === undefined ? undefined : this.#line(from, to);
    return line ?? this.#ranges.get(range, () => this.#of(range));
  }

  /** Whether one commit is another or comes before it; undefined where git has to be asked. */
  isAncestor(ancestor: string, descendant: string): boolean | undefined {
    if (!isId(ancestor) || !isId(descendant)) return undefined;
    if (this.#line(ancestor, descendant) !== undefined) return true;
    return this.#line(descendant, ancestor) === undefined ? undefined : false;
  }

  /** Takes note of a commit. */
  learn(commit: Commit): void {
    this.#commits.keep(commit.sha, commit);
  }

  /** The commits of a range where each has one parent, down to its beginning; undefined where that is not so, or not known here. */
  #line(from: string, to: string): readonly Commit[] | undefined {
    const line: Commit[] = [];
    for (let at = to; at !== from;) {
      const commit = this.#commits.known(at);
      const [parent, ...others] = commit?.parents ?? [];
      if (commit === undefined || parent === undefined || others.length > 0) return undefined;
      line.push(commit);
      at = parent;
    }
    return line.toReversed();
  }

  async #of(range: string): Promise<readonly Commit[]> {
    const format = `--format=${['%H', '%P', '%s', '%(trailers:only,unfold)'].join(UNIT)}${RECORD}`;
    const text = await this.#read(['log', '--reverse', '--topo-order', format, range, '--']);
    const commits = text
      .split(RECORD)
      .map((record) => record.replace(/^\n/, ''))
      .filter((record) => record !== '')
      .map(parseCommit);
    for (const commit of commits) this.learn(commit);
    return commits;
  }
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
