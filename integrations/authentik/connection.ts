import type * as GoAuthentik from '@goauthentik/api';
import { attemptOverIn } from '../../core/attemptOver.ts';
import { RegistrarError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import { NO_ATTEMPT, type Attempt } from '../attempt.ts';
import { isMissing, refusalError, unavailable, type Refusal } from './errors.ts';
import type { Row } from './rows.ts';

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

interface Page {
  readonly results?: readonly Row[];
  readonly pagination?: { readonly next?: number };
}

/** Sends requests of the generated client with a time limit, and reads bodies raw. What fails becomes an error of ours. */
export class Connection {
  readonly library: typeof GoAuthentik;
  readonly configuration: GoAuthentik.Configuration;
  readonly #base: string;
  readonly #timeoutMs: number;

  constructor({ url, token, timeoutMs, attempt = NO_ATTEMPT }: AuthentikOptions, library: typeof GoAuthentik) {
    this.library = library;
    this.#base = url.replace(/\/+$/, '');
    this.#timeoutMs = timeoutMs;
    this.configuration = new library.Configuration({
      basePath: `${this.#base}/api/v3`,
      headers: { Authorization: `Bearer ${token.reveal()}` },
      fetchApi: async (input: string | URL | globalThis.Request, init?: RequestInit) => {
        const limitMs = init?.method === 'GET' ? timeoutMs : await attempt.timeFor(timeoutMs);
        return fetch(input, { ...init, signal: init?.signal ?? AbortSignal.timeout(limitMs) });
      },
    });
  }

  /** The answer's JSON. `forbidden` is the remedy where a permission is missing. */
  async json(what: string, request: Request, forbidden?: string): Promise<unknown> {
    const answer = await this.#answer(what, request);
    if ('refusal' in answer) throw refusalError(what, answer.refusal, forbidden);
    return answer.json;
  }

  /** undefined where Authentik itself answers that there is none. */
  async optional(what: string, request: Request): Promise<unknown> {
    const answer = await this.#answer(what, request);
    if (!('refusal' in answer)) return answer.json;
    if (isMissing(answer.refusal)) return undefined;
    throw refusalError(what, answer.refusal);
  }

  async row(what: string, request: Request): Promise<Row | undefined> {
    return (await this.optional(what, request)) as Row | undefined;
  }

  /** All pages. */
  async all(what: string, list: Lister): Promise<readonly Row[]> {
    const found: Row[] = [];
    for (let page = 1; page > 0;) {
      const answer = (await this.json(what, () => list({ page, pageSize: PAGE_SIZE }))) as Page;
      found.push(...(answer.results ?? []));
      page = answer.pagination?.next ?? 0;
    }
    return found;
  }

  /** The first page: of what piles up, only the newest matters. */
  async firstPage(what: string, list: Lister): Promise<readonly Row[]> {
    const answer = (await this.json(what, () => list({ page: 1, pageSize: PAGE_SIZE }))) as Page;
    return answer.results ?? [];
  }

  /** Beyond the API: without the token, and without following a redirect. */
  async plain(what: string, path: string, init: RequestInit = {}): Promise<{ response: Response; text: string }> {
    try {
      const signal = AbortSignal.timeout(this.#timeoutMs);
      const response = await fetch(`${this.#base}${path}`, { redirect: 'manual', ...init, signal });
      return { response, text: await response.text() };
    } catch (error) {
      throw unavailable(what, error);
    }
  }

  async #answer(what: string, request: Request): Promise<{ json: unknown } | { refusal: Refusal }> {
    try {
      const { raw } = await request();
      return { json: raw.status === 204 ? undefined : await raw.json() };
    } catch (error) {
      if (!(error instanceof this.library.ResponseError)) throw attemptOverIn(error) ?? unavailable(what, error);
      return { refusal: await refusalOf(what, error.response) };
    }
  }
}

async function refusalOf(what: string, response: Response): Promise<Refusal> {
  try {
    const body = await response.text();
    return { status: response.status, body, retryAfter: response.headers.get('retry-after') };
  } catch (error) {
    throw unavailable(what, error);
  }
}

/** Whether this error is a refusal for want of a permission. */
export function isForbidden(error: unknown): boolean {
  return error instanceof RegistrarError && error.kind === 'Unauthorized';
}
