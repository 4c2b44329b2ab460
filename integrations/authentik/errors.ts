import { RegistrarError, type ErrorKind } from '../../core/base/errors.ts';
import { jsonObject } from '../../core/base/jsonObject.ts';
import { masked } from '../../core/masking/masked.ts';
import { NoAnswer } from '../httpAnswer.ts';

/** What Authentik answered, before it becomes an error of ours. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
  /** The header `Retry-After`, in seconds. */
  readonly waitMs?: number | undefined;
}

/**
 * An error from what Authentik answered: its own sentence, without any value that a request or a row carried. `forbidden`
 * names the permission that a request needs.
 */
export function refusalError(what: string, refusal: Refusal, forbidden?: string): RegistrarError {
  const meaning = meaningOf(refusal);
  return new RegistrarError({
    system: 'Authentik',
    kind: meaning.kind,
    status: refusal.status,
    message: `could not ${what}: Authentik answered ${refusal.status} ${sentenceOf(refusal.body)}`.trim(),
    remedy: meaning.kind === 'Unauthorized' ? (forbidden ?? meaning.remedy) : meaning.remedy,
    ...(refusal.waitMs === undefined ? {} : { retryAfterMs: refusal.waitMs }),
  });
}

/** No answer, or none that Authentik would give. */
export function unavailable(what: string, error: unknown): RegistrarError {
  const answered = error instanceof NoAnswer;
  const why = answered ? error.message : `does not answer (${causeOf(error)})`;
  return new RegistrarError({
    system: 'Authentik',
    kind: 'Unavailable',
    message: `could not ${what}: Authentik ${why}`,
    remedy: answered
      ? 'See that authentik.url of registrar.yaml is that of Authentik itself: no log-in of a proxy may stand before /api/ and /application/.'
      : 'See that authentik.url of registrar.yaml can be reached from the worker.',
  });
}

/** A page for people, where a program asked. */
export function webPage({ status }: Response): NoAnswer {
  return new NoAnswer(`answered ${status} with a web page, as a log-in proxy in front of it does`);
}

/** A way to somewhere else, where an API leads nowhere; `base` is what its address is relative to. */
export function redirected({ status, headers }: Response, base: string): NoAnswer {
  const location = headers.get('location') ?? '';
  const to = URL.canParse(location, base) ? new URL(location, base).host : 'nowhere';
  return new NoAnswer(`answered ${status} with a way to ${to}, as a log-in proxy in front of it does`);
}

/** The innermost cause's code, or its name: messages may carry an address with a token in it. */
function causeOf(error: unknown): string {
  const chain: { code?: unknown; name?: unknown }[] = [];
  for (let cause = error; typeof cause === 'object' && cause !== null && chain.length < 5;) {
    chain.unshift(cause);
    cause = (cause as { cause?: unknown }).cause;
  }
  const code = chain.map((cause) => cause.code).find((value) => typeof value === 'string');
  return String(code ?? chain[0]?.name ?? 'unknown');
}

interface Meaning {
  readonly kind: ErrorKind;
  readonly remedy: string;
}

/** A missing or wrong token is answered 403, as a missing permission is. */
function meaningOf(refusal: Refusal): Meaning {
  const { status } = refusal;
  if (status === 401 || status === 403)
    return {
      kind: 'Unauthorized',
      remedy: 'Check AUTHENTIK_TOKEN and the permissions of its user (docs/reference/permissions.md).',
    };
  if (isMissing(refusal)) return { kind: 'NotFound', remedy: 'See whether somebody deleted it meanwhile.' };
  if (status === 404)
    return {
      kind: 'Unavailable',
      remedy: 'Something in front of Authentik answers in its place: see authentik.url, and whether a server runs.',
    };
  if (status === 409) return { kind: 'Conflict', remedy: 'Somebody wrote at the same time; it is tried again.' };
  if (status === 429) return { kind: 'RateLimited', remedy: 'Authentik limits requests; it is tried again.' };
  if (status === 408 || status >= 500) return { kind: 'Unavailable', remedy: "See the log of Authentik's server." };
  return { kind: 'BadInput', remedy: 'See what Authentik says about the fields.' };
}

/** Authentik's own 404 says what it looked for; a proxy's, while no server runs, must not pass for "there is none". */
export function isMissing({ status, body }: Refusal): boolean {
  return status === 404 && typeof jsonObject(body)?.['detail'] === 'string';
}

/** `detail`, or the sentences about each field; an HTML page says nothing to anybody. */
function sentenceOf(body: string): string {
  const data = jsonObject(body);
  if (data === undefined) return '';
  if (typeof data['detail'] === 'string') return masked(data['detail'], 'random');
  const sentences = Object.entries(data).map(
    ([field, words]) => `${field}: ${Array.isArray(words) ? words.join(' ') : String(words)}`,
  );
  return masked(sentences.join('; '), 'random');
}
