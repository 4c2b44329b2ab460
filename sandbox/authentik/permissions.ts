/** A token of the stand-in and what its user may do. */
export interface TokenGrant {
  readonly username: string;
  /** Every permission, as a superuser has. */
  readonly superuser: boolean;
  /** Codenames granted globally, as `view_group` or `delete_application`. */
  readonly permissions: ReadonlySet<string>;
}

export const VIEW_PERMISSIONS = [
  'view_blueprintinstance',
  'view_oauth2provider',
  'view_application',
  'view_policybinding',
  'view_group',
  'view_user',
  'view_task',
  'view_flow',
  'view_certificatekeypair',
  'view_scopemapping',
] as const;

export const DELETE_PERMISSIONS = [
  'delete_application',
  'delete_oauth2provider',
  'delete_group',
  'delete_user',
  'delete_blueprintinstance',
] as const;

export function mayDo(grant: TokenGrant, permission: string): boolean {
  return grant.superuser || grant.permissions.has(permission);
}
