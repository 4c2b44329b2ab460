import { RegistrarError, type ErrorKind } from '../../core/errors.ts';

/** What Authentik answered, before it becomes an error of ours. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
}

/** An error from what Authentik answered: its own sentence, without any value that a request or a row carried. */
export function refusalError(what: string, refusal: Refusal): RegistrarError {
  const { kind, remedy } = meaningOf(refusal.status);
  return new RegistrarError({
    system: 'Authentik',
    kind,
    status: refusal.status,
    message: `could not ${what}: Authentik answered ${refusal.status} ${sentenceOf(refusal.body)}`.trim(),
    remedy,
  });
}

export function unavailable(what: string, error: unknown): RegistrarError {
  const name =
    (error as { cause?: { code?: unknown } } | null)?.cause?.code ?? (error as { name?: unknown } | null)?.name;
  return new RegistrarError({
    system: 'Authentik',
    kind: 'Unavailable',
    message: `could not ${what}: Authentik does not answer (${String(name)})`,
    remedy: 'See that authentik.url of registrar.yaml can be reached from the worker.',
  });
}

/** A missing or wrong token is answered 403, as a missing permission is. */
function meaningOf(status: number): { readonly kind: ErrorKind; readonly remedy: string } {
  if (status === 401 || status === 403)
    return {
      kind: 'Unauthorized',
      remedy: 'Check AUTHENTIK_TOKEN and the permissions of its user (docs/permissions.md).',
    };
  if (status === 404) return { kind: 'NotFound', remedy: 'See whether somebody deleted it meanwhile.' };
  if (status === 429) return { kind: 'RateLimited', remedy: 'Authentik limits requests; it is tried again.' };
  if (status >= 500) return { kind: 'Unavailable', remedy: "See the log of Authentik's server." };
  return { kind: 'BadInput', remedy: 'See what Authentik says about the fields.' };
}

/** `detail`, or the sentences about each field; an HTML page says nothing to anybody. */
function sentenceOf(body: string): string {
  try {
    const data = JSON.parse(body) as Record<string, unknown>;
    if (typeof data['detail'] === 'string') return data['detail'];
    return masked(
      Object.entries(data)
        .map(([field, words]) => `${field}: ${Array.isArray(words) ? words.join(' ') : String(words)}`)
        .join('; '),
    );
  } catch {
    return '';
  }
}

/** Whatever looks like a secret is masked: a long run of letters and digits that is no plain word, id or path. */
export function masked(text: string): string {
  return text.replaceAll(/(?<![A-Za-z0-9./_-])[A-Za-z0-9+=_-]{32,}(?![A-Za-z0-9./_-])/g, (run) =>
    /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(run) || /^[a-z_-]+$/.test(run) ? run : '[masked]',
  );
}
