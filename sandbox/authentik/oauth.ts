import type { StandInAnswer, StandInRequest } from '../kit/http.ts';
import { HTML, NO_STORE } from './oauth/answers.ts';
import { authorize } from './oauth/authorize.ts';
import { discoveryDocument } from './oauth/discovery.ts';
import { jwks } from './oauth/jwks.ts';
import { revoke } from './oauth/revoke.ts';
import { token } from './oauth/token.ts';
import type { Rows } from './state.ts';
import type { Version } from './version.ts';

/** The OAuth2 endpoints below `/application/o/`, as recorded. */
export function answerOAuth(rows: Rows, version: Version, base: string, request: StandInRequest): StandInAnswer {
  const discovery = /^\/application\/o\/([^/]+)\/\.well-known\/openid-configuration$/.exec(request.path);
  if (discovery !== null) return discoveryDocument(rows, version, decodeURIComponent(discovery[1] ?? ''), base);
  const keys = /^\/application\/o\/([^/]+)\/jwks\/$/.exec(request.path);
  if (keys !== null) return jwks(rows, decodeURIComponent(keys[1] ?? ''));
  switch (request.path) {
    case '/application/o/authorize/':
      return authorize(rows, version, request);
    case '/application/o/token/':
      return token(rows, version, request);
    case '/application/o/revoke/':
      return revoke(rows, request);
    case '/application/o/introspect/':
      return { status: 200, body: { active: false }, headers: NO_STORE };
    default:
      return { status: 404, body: '<html></html>', headers: HTML };
  }
}
