import { request } from '@octokit/request';
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

const PAGE_SIZE = 100;

interface GitHubRow extends Row {
  readonly head?: { readonly ref?: string; readonly repo?: { readonly id?: number } | null };
  readonly base?: { readonly ref?: string; readonly repo?: { readonly id?: number } };
}

/**
 * GitHub, GitHub Enterprise Cloud and GitHub Enterprise Server, by their REST API (docs.github.com/rest/pulls/pulls and
 * docs.github.com/rest/issues/comments: comments of a pull request are those of the issue with its number).
 */
export function createGitHub(options: ForgeOptions): Forge {
  return createForge(new GitHub(options));
}

class GitHub implements PullRequestApi {
  readonly #connection: Connection;
  readonly #request: typeof request;
  readonly #where: { readonly owner: string; readonly repo: string };
  readonly #target: string;

  constructor(options: ForgeOptions) {
    const [owner = '', repo = ''] = options.repository.split('/');
    this.#connection = new Connection('GitHub', options);
    this.#where = { owner, repo };
    this.#target = options.target;
    this.#request = request.defaults({
      baseUrl: options.api.replace(/\/+$/, ''),
      // The library writes warnings about old endpoints to the console.
      request: { fetch: this.#connection.fetch, log: { debug: noop, info: noop, warn: noop, error: noop } },
    });
  }

  async list(branch: string, state: 'open' | 'all', page: number): Promise<Page<GitHubRow>> {
    const { owner } = this.#where;
    const answer = await this.#connection.ask(`look for a pull request of ${branch}`, () =>
      this.#request('GET /repos/{owner}/{repo}/pulls', {
        ...this.#where,
        state,
        head: `${owner}:${branch}`,
        base: this.#target,
        sort: 'created',
        direction: 'desc',
        per_page: PAGE_SIZE,
        page,
      }),
    );
    return pullRequestsOf(this, answer.data, { number: page, link: answer.headers.link });
  }

  /** The filter `head` names an owner, who may have a fork beside the repository, and lists everything where it is not understood. */
  isOf({ head, base }: GitHubRow, branch: string): boolean {
    const here = base?.repo?.id;
    if (typeof here !== 'number') throw this.misunderstood('read a pull request');
    return head?.repo?.id === here && head.ref === branch && base?.ref === this.#target;
  }

  async create({ branch, title, body }: Parameters<Forge['open']>[0]): Promise<unknown> {
    const { data } = await this.#connection.ask(`open a pull request of ${branch}`, () =>
      this.#request('POST /repos/{owner}/{repo}/pulls', {
        ...this.#where,
        head: branch,
        base: this.#target,
        title,
        body,
      }),
    );
    return data;
  }

  async get(number: number): Promise<unknown> {
    const { data } = await this.#connection.ask(`read pull request ${number}`, () =>
      this.#request('GET /repos/{owner}/{repo}/pulls/{pull_number}', { ...this.#where, pull_number: number }),
    );
    return data;
  }

  async comments(number: number, page: number): Promise<Page<Comment>> {
    const answer = await this.#connection.ask(`read the comments of pull request ${number}`, () =>
      this.#request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        ...this.#where,
        issue_number: number,
        per_page: PAGE_SIZE,
        page,
      }),
    );
    return commentsOf(this, answer.data, { number: page, link: answer.headers.link });
  }

  async comment(number: number, body: string): Promise<unknown> {
    const { data } = await this.#connection.ask(`comment on pull request ${number}`, () =>
      this.#request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        ...this.#where,
        issue_number: number,
        body,
      }),
    );
    return data;
  }

  async close(number: number): Promise<unknown> {
    const { data } = await this.#connection.ask(`close pull request ${number}`, () =>
      this.#request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', {
        ...this.#where,
        pull_number: number,
        state: 'closed',
      }),
    );
    return data;
  }

  misunderstood(what: string, why?: string) {
    return this.#connection.misunderstood(what, why);
  }
}

function noop(): void {}
