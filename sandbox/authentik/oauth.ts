import { randomUUID } from 'node:crypto';
import type { StandInAnswer, StandInRequest } from '../http.ts';
import type { Version } from './rowsOut.ts';
import type { Provider, Rows } from './state.ts';

const HTML = { 'content-type': 'text/html; charset=utf-8' };
const NO_STORE = { 'cache-control': 'no-store' };

const WORDS: Readonly<Record<string, string>> = {
  invalid_client:
    'Client authentication failed (e.g., unknown client, no client authentication included, or unsupported authentication method)',
  invalid_grant:
    'The provided authorization grant or refresh token is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client',
};

/** The OAuth2 endpoints below `/application/o/`, as recorded. */
export function answerOAuth(rows: Rows, version: Version, base: string, request: StandInRequest): StandInAnswer {
  const discovery = /^\/application\/o\/([^/]+)\/\.well-known\/openid-configuration$/.exec(request.path);
  if (discovery !== null) return discoveryDocument(rows, decodeURIComponent(discovery[1] ?? ''), base);
  switch (request.path) {
    case '/application/o/authorize/':
      return authorize(rows, version, request);
    case '/application/o/token/':
      return token(rows, request);
    case '/application/o/revoke/':
      return revoke(rows, request);
    case '/application/o/introspect/':
      return { status: 200, body: { active: false }, headers: NO_STORE };
    default:
      return { status: 404, body: '<html></html>', headers: HTML };
  }
}

interface Credentials {
  readonly clientId: string;
  readonly secret: string;
}

/** In the form, or as Basic authentication, where both halves are percent-decoded. */
function credentialsOf(request: StandInRequest): Credentials {
  const form = new URLSearchParams(request.body);
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (basic !== undefined) {
    const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(/:(.*)/s);
    return { clientId: decodeURIComponent(id), secret: decodeURIComponent(secret) };
  }
  return { clientId: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' };
}

function clientOf(rows: Rows, { clientId }: Credentials): Provider | undefined {
  return rows.providers.find((provider) => provider.client_id === clientId);
}

function isRight(provider: Provider | undefined, credentials: Credentials): boolean {
  if (provider === undefined) return false;
  return provider.client_type === 'public' || provider.client_secret === credentials.secret;
}

function refusal(status: number, error: string): StandInAnswer {
  return {
    status,
    body: { error, error_description: WORDS[error], request_id: randomUUID().replaceAll('-', '') },
    headers: NO_STORE,
  };
}

// oxlint-disable-next-line no-control-regex -- exactly the characters beyond ASCII
const NON_ASCII = /[^\x00-\x7f]/;

/** 200 for the right secret whatever the token, 401 for anything else; a non-ASCII secret ends in the error handler. */
function revoke(rows: Rows, request: StandInRequest): StandInAnswer {
  const credentials = credentialsOf(request);
  if (NON_ASCII.test(credentials.secret))
    return { status: 405, body: '', headers: { ...HTML, allow: 'GET, HEAD, OPTIONS' } };
  return isRight(clientOf(rows, credentials), credentials)
    ? { status: 200, body: {}, headers: NO_STORE }
    : refusal(401, 'invalid_client');
}

/** No code is ever issued here, so the right secret ends in `invalid_grant`. */
function token(rows: Rows, request: StandInRequest): StandInAnswer {
  if (request.method !== 'POST') return { status: 405, body: '', headers: { ...HTML, allow: 'POST, OPTIONS' } };
  const credentials = credentialsOf(request);
  if (NON_ASCII.test(credentials.secret))
    return { status: 405, body: '', headers: { ...HTML, allow: 'POST, OPTIONS' } };
  const provider = clientOf(rows, credentials);
  if (provider === undefined || !isRight(provider, credentials)) return refusal(400, 'invalid_client');
  // A redirect URI that is not registered is answered as a wrong client.
  const uri = new URLSearchParams(request.body).get('redirect_uri');
  if (uri !== null && !isRegistered(provider, uri)) return refusal(400, 'invalid_client');
  return refusal(400, 'invalid_grant');
}

function isRegistered(provider: Provider, uri: string): boolean {
  return provider.redirect_uris.some((known) =>
    known.matching_mode === 'regex' ? new RegExp(`^(?:${known.url})$`).test(uri) : known.url === uri,
  );
}

/** Without a session: to the login flow, or back to the client with an error where it has no grant. */
function authorize(rows: Rows, version: Version, request: StandInRequest): StandInAnswer {
  const uri = request.query.get('redirect_uri') ?? '';
  const provider = rows.providers.find((row) => row.client_id === request.query.get('client_id'));
  if (provider === undefined || !isRegistered(provider, uri))
    return { status: 400, body: '<html>Bad Request</html>', headers: HTML };
  if (version.has2026_5 && !provider.grant_types.includes('authorization_code')) {
    const state = request.query.get('state') ?? '';
    const location = `${uri}?error=invalid_request&error_description=The%20request%20is%20otherwise%20malformed&state=${state}`;
    return { status: 302, body: '', headers: { ...HTML, location } };
  }
  const query = request.query.toString();
  const location = `/if/flow/default-authentication-flow/?${query}&next=${encodeURIComponent(`/application/o/authorize/?${query}`)}`;
  return { status: 302, body: '', headers: { ...HTML, location } };
}

/** 404 without application or provider. It lists all grants regardless of the provider's. */
function discoveryDocument(rows: Rows, slug: string, base: string): StandInAnswer {
  const application = rows.applications.find((row) => row.slug === slug);
  const provider = rows.providers.find((row) => row.pk === application?.provider);
  if (provider === undefined) return { status: 404, body: '<html>Not Found</html>', headers: HTML };
  const scopes = provider.property_mappings.map(
    (pk) => rows.fixtures.find((row) => row.pk === pk)?.fields['scope_name'] ?? pk,
  );
  const at = (path: string): string => `${base}/application/o/${path}`;
  return {
    status: 200,
    body: {
      issuer: at(`${slug}/`),
      authorization_endpoint: at('authorize/'),
      token_endpoint: at('token/'),
      userinfo_endpoint: at('userinfo/'),
      end_session_endpoint: at(`${slug}/end-session/`),
      introspection_endpoint: at('introspect/'),
      revocation_endpoint: at('revoke/'),
      device_authorization_endpoint: at('device/'),
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
      response_types_supported: [
        'code',
        'id_token',
        'id_token token',
        'code token',
        'code id_token',
        'code id_token token',
      ],
      response_modes_supported: ['query', 'fragment', 'form_post'],
      jwks_uri: at(`${slug}/jwks/`),
      grant_types_supported: [
        'authorization_code',
        'refresh_token',
        'implicit',
        'client_credentials',
        'password',
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
      id_token_signing_alg_values_supported: [provider.signing_key === null ? 'HS256' : 'RS256'],
      subject_types_supported: ['public'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      acr_values_supported: ['goauthentik.io/providers/oauth2/default'],
      scopes_supported: scopes,
      request_parameter_supported: false,
      claims_supported: [
        'sub',
        'iss',
        'aud',
        'exp',
        'iat',
        'auth_time',
        'acr',
        'amr',
        'nonce',
        'email',
        'email_verified',
        'name',
      ],
      claims_parameter_supported: false,
      code_challenge_methods_supported: ['plain', 'S256'],
    },
  };
}
