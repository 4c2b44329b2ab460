import type { StandInAnswer, StandInRequest } from '../kit/http.ts';
import { applications } from './api/applications.ts';
import { bindings } from './api/bindings.ts';
import { blueprints } from './api/blueprints.ts';
import { notAllowed, type ApiContext, type Handler } from './api/call.ts';
import { events } from './api/events.ts';
import { fixtures } from './api/fixtures.ts';
import { methodsOf } from './api/methods.ts';
import { groups, users } from './api/people.ts';
import { providers } from './api/providers.ts';
import { assignedByRoles, permissions } from './api/rbac.ts';
import { roles } from './api/roles.ts';
import { schema } from './api/schema.ts';
import { secrets } from './api/secrets.ts';
import { me, version } from './api/self.ts';
import { tasks } from './api/tasks.ts';
import { tokens } from './api/tokens.ts';
import { hasExpired } from './deletions.ts';
import { grantOfToken, type TokenGrant } from './permissions.ts';

const ROUTES: readonly (readonly [string, Handler])[] = [
  ['admin/version/', version],
  ['core/users/me/', me],
  ['rbac/permissions/assigned_by_roles/', assignedByRoles],
  ['rbac/permissions/', permissions],
  ['rbac/roles/', roles],
  ['managed/blueprints/', blueprints],
  ['core/applications/', applications],
  ['providers/oauth2/', providers],
  ['core/groups/', groups],
  ['core/users/', users],
  ['policies/bindings/', bindings],
  ['core/tokens/', tokens],
  ['events/events/', events],
  ['tasks/tasks/', tasks],
  ['flows/instances/', fixtures(/^authentik_flows\.flow$/, 'view_flow', ['slug'])],
  ['policies/all/', fixtures(/^authentik_policies_/, 'view_policy', [])],
  [
    'crypto/certificatekeypairs/',
    fixtures(/^authentik_crypto\.certificatekeypair$/, 'view_certificatekeypair', ['name']),
  ],
  [
    'propertymappings/provider/scope/',
    fixtures(/^authentik_providers_oauth2\.scopemapping$/, 'view_scopemapping', ['scope_name', 'name', 'managed']),
  ],
];

/** API v3. A missing or wrong token is answered 403, not 401. */
export async function answerApi(context: ApiContext, request: StandInRequest): Promise<StandInAnswer> {
  removeExpired(context);
  const path = request.path.replace(/^\/api\/v3\//, '');
  if (path === 'schema/') return schema(context);
  const ofSecrets = context.version().secrets?.collection;
  const routes: typeof ROUTES = ofSecrets === undefined ? ROUTES : [...ROUTES, [ofSecrets, secrets]];
  const route = routes.find(([prefix]) => path.startsWith(prefix));
  if (route === undefined) return { status: 404, body: { detail: 'Not found.' } };
  const [collection, handler] = route;
  const rest = path
    .slice(collection.length)
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const allow = methodsOf(collection, rest);
  const answer = await answerRoute(context, request, (grant) => {
    const call = { context, rows: context.database.rows, request, grant, rest };
    return allow.split(', ').includes(request.method) ? handler(call) : notAllowed(call);
  });
  return { ...answer, headers: { allow, ...answer.headers } };
}

/**
 * Policy bindings that have expired are deleted, as all of Authentik's rows that expire. Of bindings nobody has seen it: by behaviour
 * `expiredBindings=inert` they stay, and count no more. Both open an application whose only binding it was.
 */
function removeExpired({ database: { rows }, faults, version }: ApiContext): void {
  if (!version().bindingsExpire || faults.behaviour('authentik', 'expiredBindings')?.argument === 'inert') return;
  rows.bindings = rows.bindings.filter((row) => !hasExpired(row));
}

function answerRoute(
  { tokens: known, database }: ApiContext,
  { headers }: StandInRequest,
  handle: (grant: TokenGrant) => StandInAnswer | Promise<StandInAnswer>,
): StandInAnswer | Promise<StandInAnswer> {
  const key = headers.authorization?.replace(/^Bearer /, '');
  if (key === undefined) return { status: 403, body: { detail: 'Authentication credentials were not provided.' } };
  const grant = known.get(key) ?? grantOfToken(database.rows, key);
  return grant === undefined ? { status: 403, body: { detail: 'Token invalid/expired' } } : handle(grant);
}
