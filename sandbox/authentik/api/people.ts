import type { StandInAnswer } from '../../http.ts';
import { deleteGroup, deleteUser } from '../deletions.ts';
import { groupOut, userOut } from '../out/people.ts';
import { mayDo, visible } from '../permissions.ts';
import { AUTOCOMPLETE_GROUP, AUTOCOMPLETE_USER } from './autocomplete.ts';
import { filtered, FORBIDDEN, GONE, notAllowed, notFound, page, type Call } from './call.ts';
import { bindingUser, memberUser, usedBy } from './usedBy.ts';

export function groups(call: Call): StandInAnswer {
  const { rows, request, grant, rest } = call;
  const [pk, sub] = rest;
  if (sub === 'used_by') return rows.groups.some((row) => row.pk === pk) ? usedGroup(call, pk) : notFound('Group');
  const seen = visible(grant, 'view_group', rows.groups);
  if (seen === undefined) return FORBIDDEN;
  const withUsers = request.query.get('include_users') !== 'false';
  const out = (row: (typeof seen)[number]): unknown => groupOut(row, rows, withUsers);
  if (pk === undefined) return page(call, filtered(call, seen, ['name']).map(out), AUTOCOMPLETE_GROUP);
  const group = seen.find((row) => row.pk === pk);
  if (group === undefined) return notFound('Group');
  if (request.method === 'GET') return { status: 200, body: out(group) };
  if (request.method !== 'DELETE') return notAllowed(call);
  if (!mayDo(grant, 'delete_group', pk)) return FORBIDDEN;
  deleteGroup(rows, group);
  return GONE;
}

function usedGroup(call: Call, pk: string | undefined): StandInAnswer {
  const { rows } = call;
  const bindings = rows.bindings.filter((row) => row.group === pk);
  const members = rows.users.filter((row) => pk !== undefined && row.groups.includes(pk));
  return usedBy(call, [
    ...bindings.map((row) => bindingUser(row, rows)),
    ...members.map((row) => memberUser('user', row.pk, row.username)),
  ]);
}

export function users(call: Call): StandInAnswer {
  const { rows, request, grant, rest } = call;
  const [pk, sub] = rest;
  if (sub === 'used_by')
    return rows.users.some((row) => String(row.pk) === pk) ? usedUser(call, Number(pk)) : notFound('User');
  const seen = visible(grant, 'view_user', rows.users);
  if (seen === undefined) return FORBIDDEN;
  const out = (row: (typeof seen)[number]): unknown => userOut(row, rows);
  if (pk === undefined) return page(call, filtered(call, seen, ['username', 'type']).map(out), AUTOCOMPLETE_USER);
  const user = seen.find((row) => String(row.pk) === pk);
  if (user === undefined) return notFound('User');
  if (request.method === 'GET') return { status: 200, body: out(user) };
  if (request.method !== 'DELETE') return notAllowed(call);
  if (!mayDo(grant, 'delete_user', pk)) return FORBIDDEN;
  deleteUser(rows, user);
  return GONE;
}

function usedUser(call: Call, pk: number): StandInAnswer {
  const { rows } = call;
  const bindings = rows.bindings.filter((row) => row.user === pk);
  const own = rows.users.find((row) => row.pk === pk)?.groups ?? [];
  const memberOf = rows.groups.filter((row) => own.includes(row.pk));
  return usedBy(call, [
    ...memberOf.map((row) => memberUser('group', row.pk, `Group ${row.name}`)),
    ...bindings.map((row) => bindingUser(row, rows)),
  ]);
}
