import { attemptOverIn } from '../../core/base/attemptOver.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Secret } from '../../core/base/secret.ts';
import { NO_ATTEMPT, type Attempt } from '../attempt.ts';
import { jsonOf, NoAnswer, textOf } from '../httpAnswer.ts';
import { misunderstood, refusalError, unavailable, type Place, type Refusal } from './errors.ts';

export interface ForgeOptions {
  /** Address of the API. */
  readonly api: string;
  /** `owner/name`. */
  readonly repository: string;
  /** The branch that pull requests go to. */
  readonly target: string;
  readonly token: Secret;
  readonly timeoutMs: number;
  /** In whose name it writes. */
  readonly attempt?: Attempt;
}

/** Carries an answer past a client library, which would make an error of its own with the request in it. */
class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super('refused');
    this.refusal = refusal;
  }
}

/**
 * The HTTP below both client libraries: with a time limit, for the body too, and without following redirects, which would
 * carry the token along or turn a POST into a GET. What is no JSON of a success never reaches the library.
 */
export class Connection {
  readonly #place: Place;
  readonly #token: Secret;
  readonly #timeoutMs: number;
  readonly #attempt: Attempt;

  constructor(forge: string, { repository, token, timeoutMs, attempt = NO_ATTEMPT }: ForgeOptions) {
    this.#place = { forge, repository };
    this.#token = token;
    this.#timeoutMs = timeoutMs;
    this.#attempt = attempt;
  }

  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const reads = (init?.method ?? 'GET') === 'GET';
    const signal = AbortSignal.timeout(reads ? this.#timeoutMs : await this.#attempt.timeFor(this.#timeoutMs));
    // A token that is renewed in its file is taken by the next request.
    const sent = new Headers(init?.headers);
    sent.set('authorization', `Bearer ${this.#token.reveal()}`);
    const response = await fetch(input, { ...init, headers: sent, redirect: 'manual', signal });
    const { status, headers } = response;
    const text = await textOf(response.body);
    if (!response.ok) throw new Refused({ status, headers, text });
    jsonOf(text);
    const link = headers.get('link');
    return new Response(text, {
      status,
      headers: { 'content-type': 'application/json', ...(link === null ? {} : { link }) },
    });
  };

  /** What the library answers. Every error becomes one of ours, without the request that the library keeps in its own. */
  async ask<T>(what: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw this.#translated(what, error);
    }
  }

  misunderstood(what: string, why?: string): RegistrarError {
    return misunderstood(what, this.#place, why);
  }

  #translated(what: string, error: unknown): RegistrarError {
    // @octokit/request wraps what fetch throws.
    const { cause } = error as { readonly cause?: unknown };
    const inner = cause instanceof Refused || cause instanceof NoAnswer ? cause : error;
    if (inner instanceof RegistrarError) return inner;
    const over = attemptOverIn(error);
    if (over !== undefined) return over;
    if (inner instanceof Refused) return refusalError(what, this.#place, inner.refusal);
    if (inner instanceof NoAnswer) return this.misunderstood(what, inner.message);
    return unavailable(what, this.#place, error);
  }
}
