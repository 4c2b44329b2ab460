import type { IRequestClient } from '@1password/connect';
import { jsonObject } from '../../core/base/jsonObject.ts';
import { retryAfterMs } from '../../core/base/retryAfter.ts';
import type { Attempt } from '../attempt.ts';
import { foreignRefusal, jsonOf, NoAnswer, textOf } from '../httpAnswer.ts';
import { ItemWords } from './vaultErrors.ts';

/** What Connect answered instead of what was asked for, or why it answered nothing. Holds nothing of the request. */
export class ConnectAnswer extends Error {
  /** Undefined where there was no answer, or one that is not Connect's. */
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, status?: number, retryAfterMs?: number) {
    super(message);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What Connect says in JSON with `message`. A proxy in front may well refuse (401, 403), limit (429), or be alone (5xx). */
const NEEDS_WORDS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308, 400, 404, 405, 409, 422]);

/**
 * The one way to Connect, for the library and for our own writes. The library's own client rejects with errors that hold the
 * bearer token, and drops Retry-After.
 */
export class ConnectHttp implements IRequestClient {
  readonly defaultTimeout: number;
  readonly #attempt: Attempt;
  readonly #words = new ItemWords();

  constructor(timeoutMs: number, attempt: Attempt) {
    this.defaultTimeout = timeoutMs;
    this.#attempt = attempt;
  }

  async request(
    method: string,
    url: string,
    { authToken, data }: { readonly authToken: string; readonly data?: unknown },
  ): Promise<{ status: number; data: unknown }> {
    const verb = method.toUpperCase();
    const timeoutMs = verb === 'GET' ? this.defaultTimeout : await this.#attempt.timeFor(this.defaultTimeout);
    this.#words.note(data);
    const response = await fetch(url, {
      method: verb,
      headers: {
        authorization: `Bearer ${authToken}`,
        ...(data === undefined ? {} : { 'content-type': 'application/json' }),
      },
      // The body of a write holds every secret of the item: it goes to Connect, and nowhere that Connect points to.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      ...(data === undefined ? {} : { body: JSON.stringify(data) }),
    }).catch((error: unknown) => {
      throw silence(error, timeoutMs);
    });
    const { status, headers } = response;
    const text = await textOf(response.body).catch((error: unknown) => {
      throw error instanceof NoAnswer ? notConnect(error.message) : silence(error, timeoutMs);
    });
    if (status === 204) return { status, data: undefined };
    if (response.ok) {
      const answer = valueOf(text);
      this.#words.note(answer);
      return { status, data: answer };
    }
    const words = jsonObject(text)?.['message'];
    if (typeof words !== 'string' && NEEDS_WORDS.has(status)) throw notConnect(foreignRefusal(status, text));
    throw new ConnectAnswer(typeof words === 'string' ? this.#words.masked(words) : '', status, retryAfterMs(headers));
  }
}

function silence(error: unknown, timeoutMs: number): ConnectAnswer {
  const { name, cause } = error as { name?: string; cause?: { code?: unknown } };
  const why = name === 'TimeoutError' ? `within ${timeoutMs} ms` : `(${String(cause?.code ?? name)})`;
  return new ConnectAnswer(`Connect does not answer ${why}`);
}

/** An answer of something else. `why` continues a sentence that begins with Connect. */
export function notConnect(why: string): ConnectAnswer {
  return new ConnectAnswer(`Connect ${why}`);
}

function valueOf(text: string): unknown {
  try {
    return jsonOf(text);
  } catch (error) {
    throw notConnect((error as NoAnswer).message);
  }
}
