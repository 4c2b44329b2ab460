import { createHash } from 'node:crypto';
import { groupsOf } from './people.ts';
import type { Rows } from './state.ts';

/** A token of the stand-in and what its user may do, by one role of the user's name. */
export interface TokenGrant {
  readonly username: string;
  /** Every permission, as a superuser has. */
  readonly superuser: boolean;
  /** Codenames granted globally, as `view_group` or `delete_application`. */
  readonly permissions: ReadonlySet<string>;
  /** Codenames granted on one object, by the object's key. They go with the row, for a new row has another key. */
  readonly objects?: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What the job reads, and what it must see of others' use before it deletes anything. */
export const VIEW_PERMISSIONS = [
  'view_blueprintinstance',
  'view_oauth2provider',
  'view_application',
  'view_policybinding',
  'view_group',
  'view_user',
  'view_token',
  'view_task',
  'view_flow',
  'view_certificatekeypair',
  'view_scopemapping',
] as const;

/**
 * `used_by` compares permissions on single objects as numbers, and crashes on models whose keys are texts, unless the token may view
 * all of such a model. Of a group these three stand in the way, of a user the fourth as well.
 */
const USED_BY_GROUP = ['view_groupancestrynode', 'view_authenticatedsession', 'view_scimsourcegroup'] as const;
export const USED_BY_PERMISSIONS = [...USED_BY_GROUP, 'view_scimsourceuser'] as const;

/** Whether `used_by` of an object of this model answers this token; otherwise it crashes. */
export function mayAskUsers(grant: TokenGrant, model: 'group' | 'user'): boolean {
  const needed = model === 'group' ? USED_BY_GROUP : USED_BY_PERMISSIONS;
  return needed.every((codename) => mayDo(grant, codename));
}

export const DELETE_PERMISSIONS = [
  'delete_application',
  'delete_oauth2provider',
  'delete_group',
  'delete_user',
  'delete_blueprintinstance',
] as const;

/** Of client secrets that are objects; before there are any no token has them. */
export const SECRET_PERMISSIONS = ['view_secret', 'delete_secret'] as const;

/** What a change of a registered client, and its undo, may need beyond these. */
export const CHANGE_PERMISSIONS = [
  'delete_policybinding',
  'change_application',
  'change_oauth2provider',
  'change_policybinding',
  'change_user',
] as const;

/** The Django app of each model that a permission can be about. */
export const APPS: Readonly<Record<string, string>> = {
  application: 'authentik_core',
  authenticatedsession: 'authentik_core',
  blueprintinstance: 'authentik_blueprints',
  certificatekeypair: 'authentik_crypto',
  flow: 'authentik_flows',
  group: 'authentik_core',
  groupancestrynode: 'authentik_core',
  oauth2provider: 'authentik_providers_oauth2',
  policy: 'authentik_policies',
  policybinding: 'authentik_policies',
  propertymapping: 'authentik_core',
  role: 'authentik_rbac',
  scimsourcegroup: 'authentik_sources_scim',
  scimsourceuser: 'authentik_sources_scim',
  scopemapping: 'authentik_providers_oauth2',
  task: 'authentik_tasks',
  token: 'authentik_core',
  user: 'authentik_core',
};

/** What the API token of this key may do, by the roles of its user; undefined where there is no such token. */
export function grantOfToken(rows: Rows, key: string): TokenGrant | undefined {
  const token = rows.tokens.find((row) => row.key === key && row.intent === 'api');
  const user = rows.users.find((row) => row.pk === token?.user);
  if (user === undefined) return undefined;
  const groups = groupsOf(user, rows);
  const roles = new Set([...user.roles, ...groups.flatMap((group) => group.roles ?? [])]);
  const granted = rows.roles.filter((role) => roles.has(role.pk)).flatMap((role) => role.permissions);
  const superuser = groups.some((group) => group.is_superuser);
  return { username: user.username, superuser, permissions: new Set(granted) };
}

/** Globally, or on the object of this key. */
export function mayDo(grant: TokenGrant, codename: string, pk?: string | number): boolean {
  if (grant.superuser || grant.permissions.has(codename)) return true;
  return pk !== undefined && grant.objects?.get(String(pk))?.has(codename) === true;
}

/**
 * The rows that the token may see; undefined where it may see none at all, which Authentik answers with 403 before it looks
 * for a row: a missing one is 403 too.
 */
export function visible<T extends { readonly pk: string | number }>(
  grant: TokenGrant,
  codename: string,
  rows: readonly T[],
): readonly T[] | undefined {
  if (mayDo(grant, codename)) return rows;
  const some = rows.filter((row) => mayDo(grant, codename, row.pk));
  return some.length === 0 ? undefined : some;
}

/** The role that holds what the options of the stand-in grant to a token. */
export function roleOf({ username }: TokenGrant): { readonly pk: string; readonly name: string } {
  const hex = createHash('sha256').update(`role ${username}`).digest('hex');
  const pk = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)];
  return { pk: pk.join('-'), name: username };
}
