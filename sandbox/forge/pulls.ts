import type { BareRepository } from '../git/git.ts';

export interface Pull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly head: string;
  /** `owner/name` of the repository that the branch is in. */
  readonly from: string;
  readonly base: string;
  readonly createdAt: string;
  headSha: string;
  state: 'open' | 'closed';
  mergedAt?: string;
  readonly comments: { readonly body: string; readonly createdAt: string }[];
}

export type MergeWay = 'merge' | 'squash' | 'rebase';

/** Why one cannot be opened. */
export type Objection = 'no head' | 'no base' | 'no commits' | { readonly existing: Pull };

/**
 * The pull requests of one repository, in the order of their numbers. What happens by `git push` is seen at the next
 * request: a branch that is gone closes its pull request on every forge; GitHub also marks as merged what reached the target
 * (docs.github.com, "About pull request merges", "Indirect merges"), which Gitea does by an option only that is off.
 */
export class Pulls {
  readonly rows: Pull[] = [];
  readonly repository: BareRepository;
  /** `owner/name`. */
  readonly name: string;
  readonly #seesPushes: boolean;

  constructor(repository: BareRepository, name: string, seesPushes: boolean) {
    this.repository = repository;
    this.name = name;
    this.#seesPushes = seesPushes;
  }

  find(number: number): Pull | undefined {
    return this.rows.find((row) => row.number === number);
  }

  async sync(): Promise<void> {
    const branches = new Set(await this.repository.branches());
    for (const row of this.rows) {
      if (row.state === 'closed' || row.from !== this.name) continue;
      if (branches.has(row.head)) row.headSha = await this.repository.head(row.head);
      if (this.#seesPushes && (await this.repository.isAncestor(row.headSha, row.base))) this.#merged(row);
      else if (!branches.has(row.head)) row.state = 'closed';
    }
  }

  /** `allowEmpty`: without any commit, as Gitea takes it. */
  async open(
    wanted: Pick<Pull, 'title' | 'body' | 'head' | 'base'>,
    allowEmpty: boolean,
  ): Promise<Pull | { readonly objection: Objection }> {
    const branches = new Set(await this.repository.branches());
    if (!branches.has(wanted.base)) return { objection: 'no base' };
    if (!branches.has(wanted.head)) return { objection: 'no head' };
    const headSha = await this.repository.head(wanted.head);
    const empty = await this.repository.isAncestor(headSha, wanted.base);
    const existing = this.rows.find(
      (row) => row.state === 'open' && row.from === this.name && row.head === wanted.head && row.base === wanted.base,
    );
    if (existing !== undefined) return { objection: { existing } };
    if (empty && !allowEmpty) return { objection: 'no commits' };
    return this.add({ ...wanted, headSha });
  }

  /** Without asking whether it may be: one of a fork, or one of long ago. */
  add(pull: Pick<Pull, 'head' | 'base'> & Partial<Pull>): Pull {
    const row: Pull = {
      number: this.rows.length + 1,
      title: pull.head,
      body: '',
      from: this.name,
      createdAt: new Date().toISOString(),
      headSha: '0'.repeat(40),
      state: 'open',
      comments: [],
      ...pull,
    };
    this.rows.push(row);
    return row;
  }

  /** As a person who presses the button. Returns the new head of the target. */
  async merge(
    number: number,
    way: MergeWay,
    options: { readonly by?: string; readonly message?: string; readonly deleteBranch?: boolean } = {},
  ): Promise<string> {
    await this.sync();
    const row = this.find(number);
    if (row?.state !== 'open') throw new Error(`pull request ${number} is not open`);
    const { deleteBranch = false, ...rest } = options;
    const message =
      way === 'merge' ? { message: `Merge pull request #${number} from ${row.head}\n\n${row.title}` } : {};
    const head = await this.repository.merge(row.head, way, { into: row.base, ...message, ...rest });
    this.#merged(row);
    if (deleteBranch) await this.repository.deleteBranch(row.head);
    return head;
  }

  close(number: number): void {
    const row = this.find(number);
    if (row?.state === 'open') row.state = 'closed';
  }

  #merged(row: Pull): void {
    row.state = 'closed';
    row.mergedAt = new Date().toISOString();
  }
}
