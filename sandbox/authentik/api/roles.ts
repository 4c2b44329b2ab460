import { randomUUID } from 'node:crypto';
import type { StandInAnswer } from '../../kit/http.ts';
import { body, FORBIDDEN, GONE, notAllowed, notFound, type Call } from './call.ts';

/** Roles are made by administrators. What a lesser token may do here was not recorded, so it may nothing. */
export function roles(call: Call): StandInAnswer {
  const { rows, grant, request, rest } = call;
  if (!grant.superuser) return FORBIDDEN;
  const [pk, sub] = rest;
  if (pk === undefined) return request.method === 'POST' ? create(call) : notAllowed(call);
  const role = rows.roles.find((row) => row.pk === pk);
  if (role === undefined) return notFound('Role');
  if (sub !== 'add_user') return notAllowed(call);
  const user = rows.users.find((row) => row.pk === body(call)['pk']);
  if (user === undefined) return notFound('User');
  user.roles = [...new Set([...user.roles, role.pk])];
  return GONE;
}

function create(call: Call): StandInAnswer {
  const { name } = body(call);
  if (typeof name !== 'string') return { status: 400, body: { name: ['This field is required.'] } };
  const role = { pk: randomUUID(), name };
  call.rows.roles.push({ ...role, permissions: [] });
  return { status: 201, body: role };
}

/** Grants permissions, named as `authentik_core.view_group`, to a role globally. */
export function assign(call: Call, pk: string): StandInAnswer {
  const { rows, grant } = call;
  if (!grant.superuser) return FORBIDDEN;
  const role = rows.roles.find((row) => row.pk === pk);
  if (role === undefined) return notFound('Role');
  const { permissions = [] } = body(call) as { permissions?: readonly string[] };
  const codenames = permissions.map((name) => name.replace(/^.*\./, ''));
  role.permissions = [...new Set([...role.permissions, ...codenames])];
  return { status: 200, body: codenames.map((codename) => ({ id: String(role.permissions.indexOf(codename) + 1) })) };
}
