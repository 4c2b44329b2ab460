import type { IRequestClient } from '@1password/connect';
import { retryAfterMs } from '../../core/retryAfter.ts';
import type { Attempt } from '../attempt.ts';
import { maskedWords } from './vaultErrors.ts';

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

/**
 * The one way to Connect, for the library and for our own writes. The library's own client rejects with errors that hold the
 * bearer token, and drops Retry-After.
 */
export class ConnectHttp implements IRequestClient {
  readonly defaultTimeout: number;
  readonly #attempt: Attempt;

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
    const body = await bodyOf(response, timeoutMs);
    if (response.ok && body !== undefined) return { status: response.status, data: body };
    if (response.ok) throw new ConnectAnswer(`what answers is not Connect (${response.status}, not JSON)`);
    throw new ConnectAnswer(wordsOf(body, data), response.status, retryAfterMs(response.headers.get('retry-after')));
  }
}

function silence(error: unknown, timeoutMs: number): ConnectAnswer {
  const { name, cause } = error as { name?: string; cause?: { code?: unknown } };
  const why = name === 'TimeoutError' ? `within ${timeoutMs} ms` : `(${String(cause?.code ?? name)})`;
  return new ConnectAnswer(`Connect does not answer ${why}`);
}

async function bodyOf(response: Response, timeoutMs: number): Promise<unknown> {
  const text = await response.text().catch((error: unknown) => {
    throw silence(error, timeoutMs);
  });
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What Connect says, without the values of the item that was sent: an answer may echo it. */
function wordsOf(body: unknown, sent: unknown): string {
  const message = (body as { message?: unknown } | null | undefined)?.message;
  if (typeof message !== 'string') return '';
  const { fields = [] } = (sent ?? {}) as { readonly fields?: readonly { readonly value?: unknown }[] };
  return maskedWords(
    message,
    fields.map((field) => field.value),
  );
}
