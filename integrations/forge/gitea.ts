import { Api } from 'gitea-js';
import { Connection, type ForgeOptions } from './connection.ts';
import type { Forge } from './forge.ts';
import {
  commentsOf,
  createForge,
  pullRequestsOf,
  type Comment,
  type Page,
  type PullRequestApi,
  type Row,
} from './pullRequests.ts';

/** What a server hands out at most unless its administrator allows more (`[api] MAX_RESPONSE_ITEMS`). */
const PAGE_SIZE = 50;

interface GiteaBranch {
  /** The branch's name. `ref` is `refs/pull/N/head` once the branch is gone. */
  readonly label?: string;
  readonly repo_id?: number;
}

interface GiteaRow extends Row {
  readonly head?: GiteaBranch;
  readonly base?: GiteaBranch;
}

/** Gitea and Forgejo, by the API that both have (docs.gitea.com, "API"; `/api/swagger` of every instance). */
export function createGitea(options: ForgeOptions): Forge {
  return createForge(new Gitea(options));
}

class Gitea implements PullRequestApi {
  readonly #connection: Connection;
  readonly #api: Api<unknown>;
  readonly #owner: string;
  readonly #name: string;
  readonly #target: string;

  constructor(options: ForgeOptions) {
    // The library puts its arguments into paths as they are.
    const [owner = '', name = ''] = options.repository.split('/').map(encodeURIComponent);
    this.#connection = new Connection('Gitea or Forgejo', options);
    this.#owner = owner;
    this.#name = name;
    this.#target = options.target;
    this.#api = new Api({
      baseUrl: options.api.replace(/\/+$/, ''),
      baseApiParams: { format: 'json' },
      customFetch: this.#connection.fetch,
    });
  }

  /**
   * There is no filter for the head branch (Forgejo has one since its release 16), and older releases ignore that for the base.
   * The newest come first where no `sort` is given. So a branch that has one is found on the first pages, and one that has
   * none after the last.
   */
  async list(branch: string, state: 'open' | 'all', page: number): Promise<Page<GiteaRow>> {
    const query = { state, page, limit: PAGE_SIZE, base_branch: this.#target };
    const answer = await this.#connection.ask(`look for a pull request of ${branch}`, () =>
      this.#api.repos.repoListPullRequests(this.#owner, this.#name, query),
    );
    return pullRequestsOf(this, answer.data, { number: page, link: answer.headers.get('link') });
  }

  isOf({ head, base }: GiteaRow, branch: string): boolean {
    const here = base?.repo_id;
    if (typeof here !== 'number') throw this.misunderstood('read a pull request');
    return head?.repo_id === here && head.label === branch && base?.label === this.#target;
  }

  async create({ branch, title, body }: Parameters<Forge['open']>[0]): Promise<unknown> {
    const request = { head: branch, base: this.#target, title, body };
    const { data } = await this.#connection.ask(`open a pull request of ${branch}`, () =>
      this.#api.repos.repoCreatePullRequest(this.#owner, this.#name, request),
    );
    return data;
  }

  async get(number: number): Promise<unknown> {
    const { data } = await this.#connection.ask(`read pull request ${number}`, () =>
      this.#api.repos.repoGetPullRequest(this.#owner, this.#name, number),
    );
    return data;
  }

  /** All of them: this list has no pages. */
  async comments(number: number): Promise<Page<Comment>> {
    const { data } = await this.#connection.ask(`read the comments of pull request ${number}`, () =>
      this.#api.repos.issueGetComments(this.#owner, this.#name, number),
    );
    return commentsOf(this, data, { number: 1 });
  }

  async comment(number: number, body: string): Promise<unknown> {
    const { data } = await this.#connection.ask(`comment on pull request ${number}`, () =>
      this.#api.repos.issueCreateComment(this.#owner, this.#name, number, { body }),
    );
    return data;
  }

  async close(number: number): Promise<unknown> {
    const { data } = await this.#connection.ask(`close pull request ${number}`, () =>
      this.#api.repos.repoEditPullRequest(this.#owner, this.#name, number, { state: 'closed' }),
    );
    return data;
  }

  misunderstood(what: string, why?: string) {
    return this.#connection.misunderstood(what, why);
  }
}
