import { RegistrarError } from '../../core/base/errors.ts';
import { NoAnswer, pagesOf } from '../httpAnswer.ts';
import { forgeError } from './errors.ts';
import type { Forge, PullRequest } from './forge.ts';

/** A pull request in the words that GitHub and Gitea share. */
export interface Row {
  readonly number?: number;
  readonly html_url?: string;
  readonly state?: string;
  readonly merged?: boolean;
  readonly merged_at?: string | null;
}

export interface Comment {
  readonly id?: number;
  readonly body?: string | null;
}

/** One page of a list, and the number of the next one, if there is another. */
export type Page<T> = readonly [rows: readonly T[], next: number | undefined];

type NewPullRequest = Parameters<Forge['open']>[0];

/** The requests that a forge's API offers, each without any memory of the others. */
export interface PullRequestApi {
  /** Newest first, of this state, to the target branch at least; whether one is of `branch`, {@link isOf} says. */
  list(branch: string, state: 'open' | 'all', page: number): Promise<Page<Row>>;
  /** Whether it goes from that branch of this very repository, not of a fork, to the target branch. */
  isOf(row: Row, branch: string): boolean;
  create(request: NewPullRequest): Promise<unknown>;
  get(number: number): Promise<unknown>;
  comments(number: number, page: number): Promise<Page<Comment>>;
  comment(number: number, body: string): Promise<unknown>;
  close(number: number): Promise<unknown>;
  misunderstood(what: string, why?: string): RegistrarError;
}

/** Makes requests that may be repeated after any crash out of those that may not. */
export function createForge(api: PullRequestApi): Forge {
  return {
    find: (branch) => newest(api, branch, 'all'),
    open: (request) => open(api, request),
    close: (number, comment) => close(api, number, comment),
  };
}

async function newest(api: PullRequestApi, branch: string, state: 'open' | 'all'): Promise<PullRequest | undefined> {
  const found = await firstOf(
    api,
    (page) => api.list(branch, state, page),
    (row) => api.isOf(row, branch),
  );
  return found === undefined ? undefined : pullRequestOf(api, found);
}

/** The first row that is meant, on whatever page; undefined after the last one. */
async function firstOf<T>(
  api: PullRequestApi,
  list: (page: number) => Promise<Page<T>>,
  isMeant: (row: T) => boolean,
): Promise<T | undefined> {
  try {
    for await (const rows of pagesOf(1, list)) {
      const found = rows.find(isMeant);
      if (found !== undefined) return found;
    }
    return undefined;
  } catch (error) {
    throw error instanceof NoAnswer ? api.misunderstood('read a list of the forge', error.message) : error;
  }
}

/** Opens a pull request. Both forges refuse a second one of a branch (GitHub with 422, Gitea with 409); then the first is meant. */
async function open(api: PullRequestApi, request: NewPullRequest): Promise<PullRequest> {
  try {
    return pullRequestOf(api, await api.create(request));
  } catch (error) {
    if (!isRefusal(error, 409, 422)) throw error;
    const found = await newest(api, request.branch, 'open');
    if (found !== undefined) return found;
    throw /already exists/i.test(error.message) ? lagging(error) : error;
  }
}

/** The list may follow late what was just opened. */
function lagging({ message, status }: RegistrarError): RegistrarError {
  const remedy = 'The forge does not list it yet; it is tried again.';
  return forgeError({ kind: 'Conflict', message, remedy, ...(status === undefined ? {} : { status }) });
}

/** The comment first: of one that is closed nobody could tell whether a comment is still owed. */
async function close(api: PullRequestApi, number: number, comment: string): Promise<void> {
  if (!(await isOpen(api, number))) return;
  if (!(await says(api, number, comment))) commentsOf(api, [await api.comment(number, comment)], { number: 1 });
  try {
    pullRequestOf(api, await api.close(number));
  } catch (error) {
    // Merged in the meantime, in Gitea's words.
    if (!isRefusal(error, 409, 412, 422) || (await isOpen(api, number))) throw error;
  }
}

async function isOpen(api: PullRequestApi, number: number): Promise<boolean> {
  return pullRequestOf(api, await api.get(number)).state === 'open';
}

async function says(api: PullRequestApi, number: number, comment: string): Promise<boolean> {
  const found = await firstOf(
    api,
    (page) => api.comments(number, page),
    ({ body }) => plain(body ?? '') === plain(comment),
  );
  return found !== undefined;
}

/** A forge may keep line ends and blanks at the end in its own way. */
function plain(text: string): string {
  return text.replaceAll('\r\n', '\n').trim();
}

function isRefusal(error: unknown, ...statuses: readonly number[]): error is RegistrarError {
  return error instanceof RegistrarError && error.kind === 'Refused' && statuses.includes(error.status ?? 0);
}

/** GitHub has `merged` on a single pull request only, `merged_at` on rows of a list too; Gitea has both everywhere. */
function pullRequestOf(api: PullRequestApi, row: unknown): PullRequest {
  const { number, html_url: address, state, merged, merged_at: mergedAt } = (row ?? {}) as Row;
  if (typeof number !== 'number' || typeof address !== 'string' || (state !== 'open' && state !== 'closed'))
    throw api.misunderstood('read a pull request');
  return { number, address, state: merged === true || typeof mergedAt === 'string' ? 'merged' : state };
}

/** A page of pull requests; every row is one, or none of them is believed. */
export function pullRequestsOf<T extends Row>(api: PullRequestApi, data: unknown, page: PageAnswer): Page<T> {
  const [rows, next] = pageOf<T>(api, data, page);
  for (const row of rows) pullRequestOf(api, row);
  return [rows, next];
}

/** A page of comments. */
export function commentsOf(api: PullRequestApi, data: unknown, page: PageAnswer): Page<Comment> {
  const [rows, next] = pageOf<Comment>(api, data, page);
  if (rows.some(({ id }) => typeof id !== 'number')) throw api.misunderstood('read the comments of a pull request');
  return [rows, next];
}

/** Which page was asked for, and the header `Link` (RFC 8288) that came with it. */
export interface PageAnswer {
  readonly number: number;
  readonly link?: string | null | undefined;
}

/** Another page than the next one in turn would leave some out. */
function pageOf<T>(api: PullRequestApi, data: unknown, { number, link }: PageAnswer): Page<T> {
  const isList = Array.isArray(data) && data.every((row) => typeof row === 'object' && row !== null);
  if (!isList) throw api.misunderstood('read a list of the forge');
  if (!/;\s*rel="?next"?/.test(link ?? '')) return [data as readonly T[], undefined];
  const next = /[?&]page=(\d+)[^<>]*>;\s*rel="?next"?/.exec(link ?? '')?.[1];
  if (Number(next) === number + 1) return [data as readonly T[], number + 1];
  throw api.misunderstood('read a list of the forge', `names page ${next ?? 'unknown'} as the one after ${number}`);
}
