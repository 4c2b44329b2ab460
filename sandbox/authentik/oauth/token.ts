import type { StandInAnswer, StandInRequest } from '../../kit/http.ts';
import { logNonAscii, logRedirectUri } from '../events.ts';
import type { Rows } from '../state.ts';
import type { Version } from '../version.ts';
import { CRASHED, HTML, refusal } from './answers.ts';
import { clientOf, credentialsOf, isAscii, isRegistered, isRight } from './credentials.ts';

/** These log a user in instead of checking the client's secret, and nobody can log in here. */
const WITHOUT_SECRET = new Set(['client_credentials', 'password']);

/** No code and no token is ever issued here, so the right secret ends in `invalid_grant`. */
export function token(rows: Rows, version: Version, request: StandInRequest): StandInAnswer {
  if (request.method !== 'POST') return { status: 405, body: '', headers: { ...HTML, allow: 'POST, OPTIONS' } };
  const form = new URLSearchParams(request.body);
  const credentials = credentialsOf(request);
  const provider = clientOf(rows, credentials);
  if (provider === undefined) return refusal(400, 'invalid_client');
  const grant = form.get('grant_type') ?? '';
  if (version.grantTypes && !provider.grant_types.includes(grant)) return refusal(400, 'invalid_grant');
  if (WITHOUT_SECRET.has(grant)) return refusal(400, 'invalid_grant');
  if (!isAscii(credentials)) {
    logNonAscii(rows, request);
    return CRASHED;
  }
  if (!isRight(rows, provider, credentials)) return refusal(400, 'invalid_client');
  const uri = form.get('redirect_uri') ?? '';
  // A code with a redirect URI that is not registered is answered as a wrong client.
  if (form.has('code') && !isRegistered(provider, uri)) {
    logRedirectUri(rows, request, provider, uri);
    return refusal(400, 'invalid_client');
  }
  return refusal(400, 'invalid_grant');
}
