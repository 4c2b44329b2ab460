import { createHash } from 'node:crypto';
import { groupsOf } from '../people.ts';
import type { Group, Rows, User } from '../state.ts';

export function groupHead(row: Group) {
  return {
    pk: row.pk,
    num_pk: Number.parseInt(row.pk.slice(0, 4), 16),
    name: row.name,
    is_superuser: row.is_superuser,
    attributes: row.attributes ?? {},
  };
}

export function uidOf(user: Pick<User, 'username'>): string {
  return createHash('sha256').update(user.username).digest('hex');
}

export function userHead(user: User, attributes = user.attributes) {
  const { pk, username, name, is_active } = user;
  return { pk, username, name, is_active, last_login: null, email: '', attributes, uid: uidOf(user) };
}

export function groupOut(row: Group, rows: Rows, includeUsers: boolean): unknown {
  const members = rows.users.filter((user) => user.groups.includes(row.pk));
  const { attributes, ...head } = groupHead(row);
  return {
    ...head,
    parents: row.parents ?? [],
    parents_obj: null,
    users: members.map((user) => user.pk),
    users_obj: includeUsers ? members.map((user) => userHead(user, {})) : null,
    attributes,
    roles: row.roles ?? [],
    roles_obj: rolesOut(row.roles ?? [], rows),
    inherited_roles_obj: null,
    children: rows.groups.filter((group) => group.parents?.includes(row.pk)).map((group) => group.pk),
    children_obj: null,
  };
}

function rolesOut(pks: readonly string[], rows: Rows): unknown {
  return pks.map((pk) => ({ pk, name: rows.roles.find((role) => role.pk === pk)?.name }));
}

export function userOut(row: User, rows: Rows): unknown {
  const groups = rows.groups.filter((group) => row.groups.includes(group.pk));
  const made = '2026-01-01T00:00:00.000001Z';
  return {
    pk: row.pk,
    username: row.username,
    name: row.name,
    is_active: row.is_active,
    last_login: null,
    date_joined: made,
    is_superuser: groupsOf(row, rows).some((group) => group.is_superuser),
    groups: row.groups,
    groups_obj: groups.map(groupHead),
    roles: row.roles,
    roles_obj: rolesOut(row.roles, rows),
    email: '',
    avatar: 'data:image/svg+xml;base64,',
    attributes: row.attributes,
    uid: uidOf(row),
    path: row.path,
    type: row.type,
    uuid: `00000000-0000-4000-8000-${String(row.pk).padStart(12, '0')}`,
    password_change_date: made,
    last_updated: made,
  };
}
