import { RegistrarError, type ErrorKind, type RegistrarErrorFields } from '../../core/base/errors.ts';
import { jsonObject } from '../../core/base/jsonObject.ts';
import { retryAfterMs, waitableMs } from '../../core/base/retryAfter.ts';
import { masked } from '../../core/masking/masked.ts';
import { foreignRefusal } from '../httpAnswer.ts';

/** What a forge answered instead of what was asked for. */
export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Which forge and which repository an error speaks of. */
export interface Place {
  /** `GitHub`, or `Gitea or Forgejo`. */
  readonly forge: string;
  readonly repository: string;
}

/**
 * What both forges say in JSON with `message`. Without it the forge was not asked: a proxy's 404 is not "there is none".
 * A proxy in front may well limit requests (429), refuse them (401, 403) or be without a forge (5xx).
 */
const NEEDS_WORDS: ReadonlySet<number> = new Set([400, 404, 405, 409, 410, 412, 422]);
/** Words in an answer; a long text is a page, not a reason. */
const LONGEST = 300;
/** GitHub: "Otherwise, wait for at least one minute before retrying." (docs.github.com, "Rate limits for the REST API"). */
const SECONDARY_MS = 60_000;

/** An error from what the forge answered, in its own words, without the token. */
export function refusalError(what: string, place: Place, refusal: Refusal): RegistrarError {
  const { status, text } = refusal;
  if (NEEDS_WORDS.has(status) && typeof jsonObject(text)?.['message'] !== 'string')
    return misunderstood(what, place, foreignRefusal(status, text));
  const meaning = meaningOf(place, refusal);
  const words = wordsOf(refusal);
  return forgeError({
    ...meaning,
    status,
    message: `could not ${what}: ${place.forge} answered ${status}${words === '' ? '' : `: ${words}`}`,
  });
}

/** No answer. Only the name or the code of the error is shown: its message may quote an address. */
export function unavailable(what: string, place: Place, error: unknown): RegistrarError {
  return forgeError({
    kind: 'Unavailable',
    message: `could not ${what}: ${place.forge} does not answer (${codeOf(error)})`,
    remedy: 'See that the API of the forge can be reached from the worker (gitops.pullRequest of registrar.yaml).',
  });
}

/** An answer in another form than that of the forge's API. `why` continues a sentence that begins with the forge's name. */
export function misunderstood(what: string, place: Place, why?: string): RegistrarError {
  return forgeError({
    kind: 'Unavailable',
    message: `could not ${what}: ${place.forge} ${why ?? 'answered in a form that its API does not have'}`,
    remedy:
      'See that gitops.pullRequest of registrar.yaml names the forge and its address, and what stands in front of it.',
  });
}

type Meaning = Pick<RegistrarErrorFields, 'kind' | 'remedy' | 'retryAfterMs'>;

function meaningOf({ repository }: Place, refusal: Refusal): Meaning {
  const { status } = refusal;
  const waitMs = pauseOf(refusal);
  if (waitMs !== undefined)
    return { kind: 'RateLimited', retryAfterMs: waitMs, remedy: 'The forge limits requests; it is tried again.' };
  if (status >= 300 && status < 400)
    return {
      kind: 'Refused',
      remedy:
        'Name the address that it has moved to: url, api or repository below gitops.pullRequest in registrar.yaml.',
    };
  if (status === 401) return { kind: 'Unauthorized', remedy: 'Give FORGE_TOKEN a token that the forge knows.' };
  if (status === 403)
    return {
      kind: 'Unauthorized',
      remedy: `Let FORGE_TOKEN list, open, comment on and close pull requests of ${repository} (docs/reference/permissions.md).`,
    };
  if (status === 404)
    return {
      kind: 'NotFound',
      remedy: `See that ${repository} is right, and that FORGE_TOKEN may see it: a token without access is answered in the same way.`,
    };
  if (status === 408 || status >= 500) return { kind: 'Unavailable', remedy: 'See the state of the forge.' };
  return { kind: 'Refused', remedy: 'See what the forge says; open the pull request by hand, or start again.' };
}

/**
 * How long to wait where a limit of requests was met: GitHub says it with 403 or 429, by `Retry-After`, by `X-RateLimit-Reset`
 * where nothing remains, or in words only (the "secondary" limit); whatever stands before a Gitea with 429.
 */
function pauseOf({ status, headers, text }: Refusal): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const asked = retryAfterMs(headers);
  if (asked !== undefined) return asked;
  if (headers.get('x-ratelimit-remaining') === '0') {
    // By the forge's clock, where it tells the time.
    const now = Date.parse(headers.get('date') ?? '') || Date.now();
    const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN) * 1_000 - now;
    return waitableMs(Math.max(reset, 1_000)) ?? SECONDARY_MS;
  }
  return status === 429 || /rate limit|abuse detection/i.test(text) ? SECONDARY_MS : undefined;
}

/** `message` and the details beside it (GitHub: `errors`), or where a redirect leads; a page of HTML says nothing. */
function wordsOf({ status, headers, text }: Refusal): string {
  const location = headers.get('location');
  if (status >= 300 && status < 400 && location !== null) return `it has moved to ${masked(withoutQuery(location))}`;
  const body = jsonObject(text);
  if (body === undefined) return '';
  const errors = Array.isArray(body['errors']) ? body['errors'].map(detailOf) : [];
  const words = [body['message'], ...errors].filter((each) => typeof each === 'string' && each !== '').join('; ');
  const line = masked(words).replaceAll(/\s+/g, ' ');
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`;
}

function detailOf(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return error;
  const { message, field, code } = error as Readonly<Record<string, unknown>>;
  return message ?? `${String(field)} is ${String(code)}`;
}

/** An address of a log-in page carries what it was called with. */
function withoutQuery(location: string): string {
  return location.replace(/[?#].*$/s, '').replace(/^([a-z]+:\/\/)[^/]*@/i, '$1');
}

function codeOf(error: unknown): string {
  for (let cause = error, depth = 0; typeof cause === 'object' && cause !== null && depth < 5; depth += 1) {
    const { code, name } = cause as { readonly code?: unknown; readonly name?: unknown };
    if (typeof code === 'string' && /^\w{1,40}$/.test(code)) return code;
    if (name === 'TimeoutError') return 'no answer in time';
    ({ cause } = cause as { cause?: unknown });
  }
  return 'no reason given';
}

export function forgeError(
  fields: Omit<RegistrarErrorFields, 'system'> & { readonly kind: ErrorKind },
): RegistrarError {
  return new RegistrarError({ system: 'Forge', ...fields });
}
