import { jsonObject } from '../../core/base/jsonObject.ts';
import type { StandInAnswer, StandInRequest } from '../kit/http.ts';
import type { Pull, Pulls } from './pulls.ts';

/** What a token may: see the repository at all, and change something in it. */
export interface TokenRights {
  readonly sees: boolean;
  readonly writes: boolean;
}

/** What differs between the APIs of two forges. */
export interface Dialect {
  /** Before `/repos`. */
  readonly root: string;
  /** Whether a merge by `git push` is noticed. */
  readonly seesPushes: boolean;
  readonly pages: { readonly parameter: string; readonly usual: number; readonly most: number };
  /** Answers to `PATCH`. */
  readonly edited: number;
  refuse(why: Refusal, pulls: Pulls): StandInAnswer;
  limited(how: string): StandInAnswer;
  row(pull: Pull, pulls: Pulls, url: string, single: boolean): Promise<unknown>;
  filter(pull: Pull, query: URLSearchParams): boolean;
}

export type Refusal =
  | 'bad token'
  | 'not found'
  | 'no permission'
  | 'merged already'
  | 'no head'
  | 'no base'
  | 'no commits'
  | { readonly existing: Pull };

/** One request to the endpoints of pull requests and their comments. */
export async function answer(
  request: StandInRequest,
  pulls: Pulls,
  dialect: Dialect,
  rights: TokenRights | undefined,
  url: string,
): Promise<StandInAnswer> {
  if (rights === undefined) return dialect.refuse('bad token', pulls);
  const base = `${dialect.root}/repos/${pulls.name}/`;
  if (!request.path.startsWith(base) || !rights.sees) return dialect.refuse('not found', pulls);
  if (request.method !== 'GET' && !rights.writes) return dialect.refuse('no permission', pulls);
  await pulls.sync();
  const rest = request.path.slice(base.length);
  if (rest === 'pulls')
    return request.method === 'POST' ? create(request, pulls, dialect, url) : list(request, pulls, dialect, url);
  const [, kind = '', digits = ''] = /^(pulls|issues)\/(\d+)(?:\/comments)?$/.exec(rest) ?? [];
  const pull = pulls.find(Number(digits));
  if (pull === undefined || rest.endsWith('/comments') !== (kind === 'issues'))
    return dialect.refuse('not found', pulls);
  if (kind === 'issues') return comments(request, pull, dialect, url);
  if (request.method === 'PATCH') return edit(request, pull, pulls, dialect, url);
  return { status: 200, body: await dialect.row(pull, pulls, url, true) };
}

async function list(request: StandInRequest, pulls: Pulls, dialect: Dialect, url: string): Promise<StandInAnswer> {
  const state = request.query.get('state') ?? 'open';
  const rows = pulls.rows
    .filter((pull) => (state === 'all' || pull.state === state) && dialect.filter(pull, request.query))
    .toReversed();
  const { rows: shown, headers } = paged(rows, request, dialect, url);
  const body = await Promise.all(shown.map((pull) => dialect.row(pull, pulls, url, false)));
  return { status: 200, body, headers };
}

function paged<T>(rows: readonly T[], request: StandInRequest, dialect: Dialect, url: string) {
  const { parameter, usual, most } = dialect.pages;
  const size = Math.min(Number(request.query.get(parameter) ?? usual), most);
  const page = Number(request.query.get('page') ?? 1);
  const more = rows.length > page * size;
  const query = new URLSearchParams(request.query);
  query.set('page', String(page + 1));
  const headers: Record<string, string> = more
    ? { link: `<${url}${request.path}?${query.toString()}>; rel="next"` }
    : {};
  return { rows: rows.slice((page - 1) * size, page * size), headers };
}

async function create(request: StandInRequest, pulls: Pulls, dialect: Dialect, url: string): Promise<StandInAnswer> {
  const { title = '', body = '', head = '', base = '' } = jsonObject(request.body) ?? {};
  const wanted = { title: String(title), body: String(body), head: String(head), base: String(base) };
  const opened = await pulls.open(wanted, !dialect.seesPushes);
  if ('objection' in opened) return dialect.refuse(opened.objection, pulls);
  return { status: 201, body: await dialect.row(opened, pulls, url, true) };
}

async function edit(
  request: StandInRequest,
  pull: Pull,
  pulls: Pulls,
  dialect: Dialect,
  url: string,
): Promise<StandInAnswer> {
  const { state } = jsonObject(request.body) ?? {};
  if (state !== undefined && pull.mergedAt !== undefined && dialect.edited === 201)
    return dialect.refuse('merged already', pulls);
  if (state === 'closed') pulls.close(pull.number);
  return { status: dialect.edited, body: await dialect.row(pull, pulls, url, true) };
}

function comments(request: StandInRequest, pull: Pull, dialect: Dialect, url: string): StandInAnswer {
  if (request.method === 'POST') {
    const comment = { body: String(jsonObject(request.body)?.['body']), createdAt: new Date().toISOString() };
    pull.comments.push(comment);
    return { status: 201, body: { id: pull.comments.length, body: comment.body, created_at: comment.createdAt } };
  }
  const rows = pull.comments.map(({ body, createdAt }, i) => ({ id: i + 1, body, created_at: createdAt }));
  // Gitea's list of comments has no pages.
  if (dialect.pages.parameter === 'limit') return { status: 200, body: rows };
  const { rows: shown, headers } = paged(rows, request, dialect, url);
  return { status: 200, body: shown, headers };
}
