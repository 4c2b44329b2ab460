import { randomBytes } from 'node:crypto';
import { RegistrarError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { Connection } from './connection.ts';
import { refusalError } from './errors.ts';

/** Authentik answers in JSON; a proxy in front of it that asks for its own password does not. */
function isJson(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/json') === true;
}

/** Revokes a random token, which is nobody's: harmless, and answered by whether the secret is right. */
export async function testSecret(connection: Connection, clientId: string, secret: Secret): Promise<'right' | 'wrong'> {
  if (!/^[\x20-\x7e]*$/.test(secret.reveal())) {
    throw new RegistrarError({
      system: 'Authentik',
      kind: 'Refused',
      message: 'a client secret with characters beyond printable ASCII breaks the login and cannot be tested',
      remedy: 'Put another value into the vault field.',
    });
  }
  const what = 'test the client secret';
  const body = new URLSearchParams({
    token: randomBytes(24).toString('hex'),
    client_id: clientId,
    client_secret: secret.reveal(),
  });
  const { response } = await connection.plain(what, '/application/o/revoke/', { method: 'POST', body });
  if (response.status === 200 && isJson(response)) return 'right';
  if (response.status === 401 && isJson(response)) return 'wrong';
  throw refusalError(what, { status: response.status, body: '' });
}

/** Asks to log in without a session: sent on to the login, refused, or sent back with an error. */
export async function testRedirectUri(
  connection: Connection,
  clientId: string,
  redirectUri: string,
  scopes: readonly string[],
): Promise<'accepted' | 'rejected' | 'grantMissing'> {
  const what = 'test the redirect URI';
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: scopes.join(' '),
    state: randomBytes(8).toString('hex'),
  });
  const { response } = await connection.plain(what, `/application/o/authorize/?${query.toString()}`);
  if (response.status === 400) return 'rejected';
  if (response.status !== 302) throw refusalError(what, { status: response.status, body: '' });
  return /[?&]error=/.test(response.headers.get('location') ?? '') ? 'grantMissing' : 'accepted';
}

export interface DiscoveryDocument {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
}

/** undefined where Authentik has no such application, or it has no provider. */
export async function discoveryDocument(connection: Connection, slug: string): Promise<DiscoveryDocument | undefined> {
  const what = 'read the discovery document';
  const path = `/application/o/${encodeURIComponent(slug)}/.well-known/openid-configuration`;
  const { response, text } = await connection.plain(what, path);
  if (response.status === 404) return undefined;
  if (!response.ok || !isJson(response)) throw refusalError(what, { status: response.status, body: text });
  const document = JSON.parse(text) as Readonly<Record<string, unknown>>;
  return {
    issuer: String(document['issuer']),
    authorizationEndpoint: String(document['authorization_endpoint']),
    tokenEndpoint: String(document['token_endpoint']),
  };
}
