import { attemptOverIn } from '../../core/base/attemptOver.ts';
import { retryAfterMs } from '../../core/base/retryAfter.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Secret } from '../../core/base/secret.ts';
import { NO_ATTEMPT, type Attempt } from '../attempt.ts';
import { isWebPage, jsonOf, NoAnswer, pagesOf, textOf } from '../httpAnswer.ts';
import { isMissing, redirected, refusalError, unavailable, webPage, type Refusal } from './errors.ts';
import type * as GoAuthentik from './library.ts';
import { listOf, needed, OBJECT, WHOLE, wholeAnswer, type Row } from './shape.ts';

export interface AuthentikOptions {
  readonly url: string;
  readonly token: Secret;
  readonly timeoutMs: number;
  /** In whose name it writes. */
  readonly attempt?: Attempt;
}

const PAGE_SIZE = 100;

export interface RawResponse {
  readonly raw: Response;
}

export type Request = () => Promise<RawResponse>;
export type Lister = (page: { readonly page: number; readonly pageSize: number }) => Promise<RawResponse>;

/** What a request is to answer, read; throws {@link NoAnswer} on what it is not. */
export type Reader<T> = (answer: unknown) => T;

/** An object, read. */
export function row<T>(read: (found: Row) => T): Reader<T> {
  return (answer) => read(wholeAnswer(answer, OBJECT));
}

/** A list of objects, read. */
export function rows<T>(read: (found: Row) => T): Reader<readonly T[]> {
  return (answer) => wholeAnswer(answer, listOf(OBJECT)).map((each) => read(each));
}

/** A deletion is answered with nothing at all. */
export function nothing(answer: unknown): void {
  if (answer !== undefined) throw new NoAnswer('answered with something, and not with nothing');
}

interface Page {
  readonly results: readonly Row[];
  /** Number of the next page; 0 where this is the last. */
  readonly next: number;
}

const PAGE = row((found): Page => ({
  results: needed(found, 'results', listOf(OBJECT)),
  next: needed(needed(found, 'pagination', OBJECT), 'next', WHOLE),
}));

/**
 * Sends requests of the generated client with a time limit, and reads bodies raw. What fails, and what is not of the shape that is
 * needed, becomes an error of ours: only Authentik's own words say that there is none.
 */
export class Connection {
  readonly library: typeof GoAuthentik;
  readonly configuration: GoAuthentik.Configuration;
  readonly base: string;
  readonly #timeoutMs: number;

  constructor({ url, token, timeoutMs, attempt = NO_ATTEMPT }: AuthentikOptions, library: typeof GoAuthentik) {
    this.library = library;
    this.base = url.replace(/\/+$/, '');
    this.#timeoutMs = timeoutMs;
    this.configuration = new library.Configuration({
      basePath: `${this.base}/api/v3`,
      fetchApi: async (input: string | URL | globalThis.Request, init?: RequestInit) => {
        const limitMs = init?.method === 'GET' ? timeoutMs : await attempt.timeFor(timeoutMs);
        const headers = new Headers(init?.headers);
        headers.set('authorization', `Bearer ${token.reveal()}`);
        const signal = init?.signal ?? AbortSignal.timeout(limitMs);
        return fetch(input, { ...init, headers, redirect: 'manual', signal });
      },
    });
  }

  /** A request of the API that the generated client does not have. */
  async request(method: 'GET' | 'DELETE', path: string): Promise<RawResponse> {
    const { basePath, fetchApi = fetch } = this.configuration;
    return { raw: await fetchApi(`${basePath}/${path}`, { method }) };
  }

  /** What the answer says. `forbidden` is the remedy where a permission is missing. */
  async json<T>(what: string, request: Request, read: Reader<T>, forbidden?: string): Promise<T> {
    const answer = await this.#answer(what, request);
    if ('refusal' in answer) throw refusalError(what, answer.refusal, forbidden);
    return shaped(what, answer.json, read);
  }

  /** undefined where Authentik itself answers that there is none. */
  async optional<T>(what: string, request: Request, read: Reader<T>): Promise<T | undefined> {
    const answer = await this.#answer(what, request);
    if (!('refusal' in answer)) return shaped(what, answer.json, read);
    if (isMissing(answer.refusal)) return undefined;
    throw refusalError(what, answer.refusal);
  }

  /** All pages, each row read. */
  async all<T>(what: string, list: Lister, read: (found: Row) => T): Promise<readonly T[]> {
    const found: T[] = [];
    const ask = async (page: number) => {
      const { results, next } = await this.#page(what, list, page);
      return [results, next === 0 ? undefined : next] as const;
    };
    try {
      for await (const results of pagesOf(1, ask)) found.push(...rows(read)(results));
    } catch (error) {
      throw error instanceof NoAnswer ? unavailable(what, error) : error;
    }
    return found;
  }

  /** The first page: of what piles up, only the newest matters. */
  async firstPage<T>(what: string, list: Lister, read: (found: Row) => T): Promise<readonly T[]> {
    return shaped(what, (await this.#page(what, list, 1)).results, rows(read));
  }

  /** A page after the first that is not there: rows went meanwhile, and what was read so far is no list. */
  async #page(what: string, list: Lister, page: number): Promise<Page> {
    const request: Request = () => list({ page, pageSize: PAGE_SIZE });
    const found = page === 1 ? await this.json(what, request, PAGE) : await this.optional(what, request, PAGE);
    if (found === undefined) throw new NoAnswer(`answered with a list whose page ${page} is missing`);
    return found;
  }

  /** Beyond the API: without the token, and without following a redirect. */
  async plain(what: string, path: string, init: RequestInit = {}): Promise<{ response: Response; text: string }> {
    try {
      const signal = AbortSignal.timeout(this.#timeoutMs);
      const response = await fetch(`${this.base}${path}`, { redirect: 'manual', ...init, signal });
      return { response, text: await textOf(response.body) };
    } catch (error) {
      throw unavailable(what, error);
    }
  }

  async #answer(what: string, request: Request): Promise<{ json: unknown } | { refusal: Refusal }> {
    const response = await this.#response(what, request);
    const { status } = response;
    if (status === 204) return { json: undefined };
    // Authentik's API leads nowhere else; the token is not carried to where a proxy's log-in is.
    if (status >= 300 && status < 400) throw unavailable(what, redirected(response, this.base));
    const body = await bodyOf(what, response);
    // Authentik's own pages are those of a crash.
    if (isPage(response, body) && status < 500 && status !== 405) throw unavailable(what, webPage(response));
    if (!response.ok) return { refusal: { status, body, waitMs: retryAfterMs(response.headers) } };
    return { json: shaped(what, body, jsonOf) };
  }

  /** Any answer: the client throws those that are no success. */
  async #response(what: string, request: Request): Promise<Response> {
    try {
      return (await request()).raw;
    } catch (error) {
      if (error instanceof this.library.ResponseError) return error.response;
      throw attemptOverIn(error) ?? unavailable(what, error);
    }
  }
}

async function bodyOf(what: string, response: Response): Promise<string> {
  try {
    return await textOf(response.body);
  } catch (error) {
    throw unavailable(what, error);
  }
}

/** Authentik answers programs in JSON. */
export function isPage(response: Response, body: string): boolean {
  return response.headers.get('content-type')?.startsWith('text/html') === true || isWebPage(body);
}

/** An answer, read. Throws `Unavailable` where it is not of the shape that is needed. */
export function shaped<Answer, T>(what: string, answer: Answer, read: (answer: Answer) => T): T {
  try {
    return read(answer);
  } catch (error) {
    throw error instanceof NoAnswer ? unavailable(what, error) : error;
  }
}

/** Whether this error is a refusal for want of a permission. */
export function isForbidden(error: unknown): boolean {
  return error instanceof RegistrarError && error.kind === 'Unauthorized';
}
