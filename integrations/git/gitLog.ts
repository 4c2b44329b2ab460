import { isId } from './gitObjects.ts';
import { Recent } from './recent.ts';
import type { Commit } from './repository.ts';

const COMMITS_KEPT = 10_000;
const UNIT = '\u001f';
const RECORD = '\u001e';

/**
 * Commits from one to another, the first excluded, oldest first. Between two ids they never change, so git is asked once while
 * they are kept: every look at the target asks for the same ones, and every question is a process.
 */
export class GitLog {
  readonly #read: (args: readonly string[]) => Promise<string>;
  readonly #kept = new Recent<readonly Commit[]>(COMMITS_KEPT, (commits) => commits.length + 1);

  constructor(read: (args: readonly string[]) => Promise<string>) {
    this.#read = read;
  }

  async between(from: string | undefined, to: string): Promise<readonly Commit[]> {
    const range = from === undefined ? to : `${from}..${to}`;
    return isId(from ?? to) && isId(to) ? this.#kept.get(range, () => this.#of(range)) : this.#of(range);
  }

  async #of(range: string): Promise<readonly Commit[]> {
    const format = `--format=${['%H', '%P', '%s', '%(trailers:only,unfold)'].join(UNIT)}${RECORD}`;
    const text = await this.#read(['log', '--reverse', '--topo-order', format, range, '--']);
    return text
      .split(RECORD)
      .map((record) => record.replace(/^\n/, ''))
      .filter((record) => record !== '')
      .map(parseCommit);
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
