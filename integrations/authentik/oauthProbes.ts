import { randomBytes } from 'node:crypto';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Secret } from '../../core/base/secret.ts';
import { jsonOf, NoAnswer } from '../httpAnswer.ts';
import { isPage, row, shaped, type Connection, type Reader } from './connection.ts';
import { refusalError, unavailable, webPage } from './errors.ts';
import { needed, OBJECT, TEXT } from './shape.ts';

/** Authentik answers in JSON; a proxy in front of it that asks for its own password does not. */
function isJson(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/json') === true;
}

/** No credentials of ours go along, so a refusal that is not Authentik's own is that of a proxy. */
function unexpected(what: string, response: Response, body: string): RegistrarError {
  const { status } = response;
  if (!isJson(response) && status < 500 && status !== 404) return unavailable(what, webPage(response));
  if (response.ok) return unavailable(what, new NoAnswer(`answered ${status}, which it never does here`));
  return refusalError(what, { status, body });
}

/** What a revocation is answered with. */
const REVOKED: Reader<'right'> = (answer) => {
  if (Object.keys(OBJECT(answer) ?? { other: answer }).length === 0) return 'right';
  throw new NoAnswer('answered with more than a revocation has to say');
};

const REFUSED: Reader<'wrong'> = row((answer) => {
  if (answer['error'] === 'invalid_client') return 'wrong';
  throw new NoAnswer('answered 401 without its word for a wrong secret');
});

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
  const { response, text } = await connection.plain(what, '/application/o/revoke/', { method: 'POST', body });
  if (response.status === 200 && isJson(response)) return shaped(what, text, (body) => REVOKED(jsonOf(body)));
  if (response.status === 401 && isJson(response)) return shaped(what, text, (body) => REFUSED(jsonOf(body)));
  throw unexpected(what, response, '');
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
  const { response, text } = await connection.plain(what, `/application/o/authorize/?${query.toString()}`);
  if (response.status === 400 && isPage(response, text)) return 'rejected';
  if (response.status !== 302) throw unexpected(what, response, '');
  const location = response.headers.get('location') ?? '';
  if (location.startsWith(redirectUri) && /[?&]error=/.test(location)) return 'grantMissing';
  if (isLogin(connection, location)) return 'accepted';
  const where = URL.canParse(location, connection.base) ? new URL(location, connection.base).host : 'no address';
  const why = `sends on to ${where}, which is no log-in of its own: that of a proxy in front of it?`;
  throw unavailable(what, new NoAnswer(why));
}

/** Authentik sends to a flow of its own, on the host that was asked. */
function isLogin({ base }: Connection, location: string): boolean {
  if (!URL.canParse(location, base)) return false;
  const { host, pathname } = new URL(location, base);
  return host === new URL(base).host && /\/(if\/flow|flows)\//.test(pathname);
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
  if (response.status === 404 && isPage(response, text)) return undefined;
  if (!response.ok || !isJson(response)) throw unexpected(what, response, text);
  return shaped(what, text, (body) => DOCUMENT(jsonOf(body)));
}

const DOCUMENT: Reader<DiscoveryDocument> = row((document) => ({
  issuer: needed(document, 'issuer', TEXT),
  authorizationEndpoint: needed(document, 'authorization_endpoint', TEXT),
  tokenEndpoint: needed(document, 'token_endpoint', TEXT),
}));
