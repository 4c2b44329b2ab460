import type { StandInAnswer, StandInRequest } from '../../kit/http.ts';
import type { Rows } from '../state.ts';
import type { Version } from '../version.ts';
import { HTML } from './answers.ts';
import { isRegistered } from './credentials.ts';

/** Without a session: to the login flow, or back to the client with an error where it has no grant. */
export function authorize(rows: Rows, version: Version, { query }: StandInRequest): StandInAnswer {
  const uri = query.get('redirect_uri') ?? '';
  const provider = rows.providers.find((row) => row.client_id === query.get('client_id'));
  if (provider === undefined || !isRegistered(provider, uri))
    return { status: 400, body: '<html>Bad Request</html>', headers: HTML };
  if (version.grantTypes && !provider.grant_types.includes('authorization_code')) {
    const words = 'error=invalid_request&error_description=The%20request%20is%20otherwise%20malformed';
    return redirect(`${uri}?${words}&state=${query.get('state') ?? ''}`);
  }
  const text = query.toString();
  const next = encodeURIComponent(`/application/o/authorize/?${text}`);
  return redirect(`/if/flow/default-authentication-flow/?${text}&next=${next}`);
}

function redirect(location: string): StandInAnswer {
  return { status: 302, body: '', headers: { ...HTML, location } };
}
