import type { StandInAnswer } from '../../kit/http.ts';
import { deleteGroup, deleteUser } from '../deletions.ts';
import { MODELS } from '../models.ts';
import { groupOut, uidOf, userOut } from '../out/people.ts';
import { mayAskUsers, mayDo, visible } from '../permissions.ts';
import { checkValues, writeValues } from '../serializer.ts';
import type { Group, User } from '../state.ts';
import { AUTOCOMPLETE_GROUP, AUTOCOMPLETE_USER } from './autocomplete.ts';
import { body, CRASHED, filtered, FORBIDDEN, GONE, notAllowed, notFound, page, type Call } from './call.ts';
import { issueToken } from './tokens.ts';
import { bindingUser, memberUser, usedBy } from './usedBy.ts';
import { write } from './write.ts';

export function groups(call: Call): StandInAnswer {
  const { rows, request, grant, rest } = call;
  const [pk, sub] = rest;
  if (sub === 'used_by') return rows.groups.some((row) => row.pk === pk) ? usedGroup(call, pk) : notFound('Group');
  if (sub === 'add_user') return addUser(call, pk);
  if (pk === undefined && request.method === 'POST')
    return write<Group>(call, {
      model: MODELS['authentik_core.group'],
      permission: 'add_group',
      out: (row) => groupOut(row, rows, true),
    });
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

/** Needs a permission of its own, `add_user_to_group`. */
function addUser(call: Call, pk: string | undefined): StandInAnswer {
  const { rows, grant } = call;
  const group = rows.groups.find((row) => row.pk === pk);
  if (group === undefined) return notFound('Group');
  if (!mayDo(grant, 'add_user_to_group', group.pk)) return FORBIDDEN;
  const user = rows.users.find((row) => row.pk === body(call)['pk']);
  if (user === undefined) return notFound('User');
  user.groups = [...new Set([...user.groups, group.pk])];
  return GONE;
}

/** Of 2026.2 and 2026.5 this was recorded. Of later releases nobody knows: behaviour `usedByMended` is of one that answers. */
function crashes({ grant, context }: Call, model: 'group' | 'user'): boolean {
  return context.faults.behaviour('authentik', 'usedByMended') === undefined && !mayAskUsers(grant, model);
}

function usedGroup(call: Call, pk: string | undefined): StandInAnswer {
  const { rows } = call;
  if (crashes(call, 'group')) return CRASHED;
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
  if (pk === 'service_account') return createServiceAccount(call);
  if (sub === 'used_by')
    return rows.users.some((row) => String(row.pk) === pk) ? usedUser(call, Number(pk)) : notFound('User');
  const seen = visible(grant, 'view_user', rows.users);
  if (seen === undefined) return FORBIDDEN;
  const out = (row: (typeof seen)[number]): unknown => userOut(row, rows);
  if (pk === undefined) return page(call, filtered(call, seen, ['username', 'type']).map(out), AUTOCOMPLETE_USER);
  const user = seen.find((row) => String(row.pk) === pk);
  if (user === undefined) return notFound('User');
  if (request.method === 'GET') return { status: 200, body: out(user) };
  if (request.method === 'PATCH')
    return write<User>(call, { model: MODELS['authentik_core.user'], permission: 'change_user', existing: user, out });
  if (request.method !== 'DELETE') return notAllowed(call);
  if (!mayDo(grant, 'delete_user', pk)) return FORBIDDEN;
  deleteUser(rows, user);
  return GONE;
}

function usedUser(call: Call, pk: number): StandInAnswer {
  const { rows } = call;
  if (crashes(call, 'user')) return CRASHED;
  const bindings = rows.bindings.filter((row) => row.user === pk);
  const own = rows.users.find((row) => row.pk === pk)?.groups ?? [];
  const memberOf = rows.groups.filter((row) => own.includes(row.pk));
  return usedBy(call, [
    // Once as a membership and once as a membership's other end.
    ...memberOf.flatMap((row) => {
      const member = memberUser('group', row.pk, `Group ${row.name}`);
      return [member, member];
    }),
    ...bindings.map((row) => bindingUser(row, rows)),
    ...rows.tokens
      .filter((row) => row.user === pk)
      .map((row) => ({
        app: 'authentik_core',
        model_name: 'token',
        pk: row.pk,
        name: row.identifier,
        action: 'cascade',
      })),
  ]);
}

/** An account without a password, and a token by which it logs in, which does not open the API. */
function createServiceAccount(call: Call): StandInAnswer {
  const { rows, grant } = call;
  if (!mayDo(grant, 'add_user')) return FORBIDDEN;
  const { name, create_group = false, expiring = true } = body(call);
  const model = MODELS['authentik_core.user'];
  const values = {
    username: name,
    name,
    type: 'service_account',
    path: 'goauthentik.io/service-accounts',
    attributes: { 'goauthentik.io/user/token-expires': expiring },
  };
  const where = { rows, existing: undefined, version: call.context.version() };
  const errors = checkValues(model, values, where);
  if (errors.any) return { status: 400, body: errors.asBody() };
  const user = writeValues(model, values, where) as User;
  if (create_group === true) {
    const group = writeValues(MODELS['authentik_core.group'], { name }, where) as Group;
    user.groups = [group.pk];
  }
  const identifier = `service-account-${user.username}-password`;
  const token = issueToken(rows, { identifier, intent: 'app_password', user: user.pk, expiring: expiring === true });
  return { status: 200, body: { username: user.username, user_uid: uidOf(user), user_pk: user.pk, token: token.key } };
}
