import type { StandInAnswer, StandInRequest } from '../http.ts';
import { applications } from './api/applications.ts';
import { bindings } from './api/bindings.ts';
import { blueprints } from './api/blueprints.ts';
import type { ApiContext, Handler } from './api/call.ts';
import { fixtures } from './api/fixtures.ts';
import { groups, users } from './api/people.ts';
import { providers } from './api/providers.ts';
import { assignedByRoles, permissions } from './api/rbac.ts';
import { me, version } from './api/self.ts';
import { tasks } from './api/tasks.ts';

const ROUTES: readonly (readonly [string, Handler])[] = [
  ['admin/version/', version],
  ['core/users/me/', me],
  ['rbac/permissions/assigned_by_roles/', assignedByRoles],
  ['rbac/permissions/', permissions],
  ['managed/blueprints/', blueprints],
  ['core/applications/', applications],
  ['providers/oauth2/', providers],
  ['core/groups/', groups],
  ['core/users/', users],
  ['policies/bindings/', bindings],
  ['tasks/tasks/', tasks],
  ['flows/instances/', fixtures('authentik_flows.flow', 'view_flow', ['slug'])],
  ['crypto/certificatekeypairs/', fixtures('authentik_crypto.certificatekeypair', 'view_certificatekeypair', ['name'])],
  [
    'propertymappings/provider/scope/',
    fixtures('authentik_providers_oauth2.scopemapping', 'view_scopemapping', ['scope_name']),
  ],
];

/** API v3. A missing or wrong token is answered 403, not 401. */
export function answerApi(context: ApiContext, request: StandInRequest): StandInAnswer | Promise<StandInAnswer> {
  const header = request.headers.authorization;
  if (header === undefined) return { status: 403, body: { detail: 'Authentication credentials were not provided.' } };
  const grant = context.tokens.get(header.replace(/^Bearer /, ''));
  if (grant === undefined) return { status: 403, body: { detail: 'Token invalid/expired' } };
  const path = request.path.replace(/^\/api\/v3\//, '');
  const route = ROUTES.find(([prefix]) => path.startsWith(prefix));
  if (route === undefined) return { status: 404, body: { detail: 'Not found.' } };
  const rest = path
    .slice(route[0].length)
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  return route[1]({ context, rows: context.database.rows, request, grant, rest });
}
