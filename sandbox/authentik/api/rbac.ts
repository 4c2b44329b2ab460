import type { StandInAnswer } from '../../kit/http.ts';
import { APPS, mayDo, roleOf, type TokenGrant } from '../permissions.ts';
import { FORBIDDEN, page, type Call } from './call.ts';
import { assign } from './roles.ts';

/** Permissions, of one role where `role` is given. Every token may ask, for any role. */
export function permissions(call: Call): StandInAnswer {
  const role = call.request.query.get('role');
  const grants = [...call.context.tokens.values()].filter((grant) => role === null || roleOf(grant).pk === role);
  const roles = call.rows.roles.filter((row) => role === null || row.pk === role);
  const granted = [...grants, ...roles].flatMap((row) => [...row.permissions]);
  const codenames = [...new Set(granted)].toSorted();
  return page(
    call,
    codenames.flatMap((codename, index) => {
      const permission = permissionOut(index + 1, codename);
      if (!SECRETS.has(permission.model)) return permission;
      const app = call.context.version().secrets?.app;
      return app === undefined ? [] : { ...permission, app_label: app, app_label_verbose: app };
    }),
  );
}

/** Models whose app each draft calls otherwise. */
const SECRETS: ReadonlySet<string> = new Set(['secret', 'secret_value']);

function permissionOut(id: number, codename: string) {
  const model = codename.slice(codename.indexOf('_') + 1);
  const app = APPS[model] ?? 'authentik_core';
  const name = `Can ${codename.replaceAll('_', ' ')}`;
  return { id, name, codename, model, app_label: app, app_label_verbose: app, model_verbose: model };
}

/** Roles with permissions on a model or on one object of it; needs `view_role`, which may be granted on a role's own row. */
export function assignedByRoles(call: Call): StandInAnswer {
  const [rolePk, sub] = call.rest;
  if (rolePk !== undefined && sub === 'assign') return assign(call, rolePk);
  const { context, grant, request } = call;
  const model = (request.query.get('model') ?? '').replace(/^.*\./, '');
  const pk = request.query.get('object_pk') ?? '';
  const roles = [...context.tokens.values()].filter((other) => mayDo(grant, 'view_role', roleOf(other).pk));
  if (roles.length === 0) return FORBIDDEN;
  const found = roles
    .map(assignedOut)
    .filter(
      (row) =>
        row.model_permissions.some((permission) => permission.model === model) ||
        row.object_permissions.some((permission) => permission.model === model && permission.object_pk === pk),
    );
  return page(call, found);
}

function assignedOut(grant: TokenGrant) {
  const { pk, name } = roleOf(grant);
  return {
    role_pk: pk,
    name,
    object_permissions: [...(grant.objects ?? [])].flatMap(([object_pk, codenames]) =>
      [...codenames].map((codename) => ({ object_pk, ...permissionOut(0, codename) })),
    ),
    model_permissions: [...grant.permissions].map((codename) => permissionOut(0, codename)),
  };
}
