import type { StandInRequest } from '../../kit/http.ts';
import { secretOf } from '../secrets.ts';
import type { Provider, Rows } from '../state.ts';

export interface Credentials {
  readonly clientId: string;
  readonly secret: string;
}

/** In the form, or as Basic authentication, where both halves are percent-decoded. */
export function credentialsOf(request: StandInRequest): Credentials {
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (basic !== undefined) {
    const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(/:(.*)/s);
    return { clientId: decoded(id), secret: decoded(secret) };
  }
  const form = new URLSearchParams(request.body);
  return { clientId: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function clientOf(rows: Rows, { clientId }: Credentials): Provider | undefined {
  return rows.providers.find((provider) => provider.client_id === clientId);
}

/** A public client accepts anything. */
export function isRight(rows: Rows, provider: Provider, { secret }: Credentials): boolean {
  return provider.client_type === 'public' || secretOf(rows, provider) === secret;
}

// oxlint-disable-next-line no-control-regex -- exactly the characters beyond ASCII
const NON_ASCII = /[^\x00-\x7f]/;

export function isAscii({ secret }: Credentials): boolean {
  return !NON_ASCII.test(secret);
}

/** Of those for codes: one of type `logout` gets none. */
export function isRegistered(provider: Provider, uri: string): boolean {
  return provider.redirect_uris
    .filter((known) => known.redirect_uri_type !== 'logout')
    .some((known) =>
      known.matching_mode === 'regex' ? new RegExp(`^(?:${known.url})$`).test(uri) : known.url === uri,
    );
}
