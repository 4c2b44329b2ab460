import { RegistrarError } from '../../core/errors.ts';
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
  readonly body?: string | null;
}

/** One page of a list, and whether there is another. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly more: boolean;
}

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
  comment(number: number, body: string): Promise<void>;
  close(number: number): Promise<void>;
  misunderstood(what: string): RegistrarError;
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
  for (let page = 1; ; page += 1) {
    const { rows, more } = await api.list(branch, state, page);
    const found = rows.find((row) => api.isOf(row, branch));
    if (found !== undefined) return pullRequestOf(api, found);
    if (!more) return undefined;
  }
}

/** Both forges refuse a second open one of the same branch (GitHub with 422, Gitea with 409); then the first is meant. */
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
  if (!(await says(api, number, comment))) await api.comment(number, comment);
  try {
    await api.close(number);
  } catch (error) {
    // Merged in the meantime, in Gitea's words.
    if (!isRefusal(error, 409, 412, 422) || (await isOpen(api, number))) throw error;
  }
}

async function isOpen(api: PullRequestApi, number: number): Promise<boolean> {
  return pullRequestOf(api, await api.get(number)).state === 'open';
}

async function says(api: PullRequestApi, number: number, comment: string): Promise<boolean> {
  for (let page = 1; ; page += 1) {
    const { rows, more } = await api.comments(number, page);
    if (rows.some(({ body }) => plain(body ?? '') === plain(comment))) return true;
    if (!more) return false;
  }
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

/**
 * A page of a list, which has a next one where the header `Link` says so (RFC 8288), as both forges write it. Gitea may write
 * an empty list as `null`.
 */
export function pageOf<T>(api: PullRequestApi, data: unknown, link: string | null | undefined): Page<T> {
  const rows = data ?? [];
  if (!Array.isArray(rows)) throw api.misunderstood('read a list of the forge');
  const objects = (rows as readonly T[]).filter((row) => typeof row === 'object' && row !== null);
  return { rows: objects, more: /;\s*rel="?next"?/.test(link ?? '') };
}
