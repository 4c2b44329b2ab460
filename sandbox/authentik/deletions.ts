import type { Application, Binding, Group, Provider, Rows, User } from './state.ts';

/** Deleting an application takes its bindings along. */
export function deleteApplication(rows: Rows, application: Application): void {
  rows.applications = rows.applications.filter((row) => row !== application);
  rows.bindings = rows.bindings.filter((row) => row.target !== application.pk);
}

/** Deleting a provider leaves its application, without one. */
export function deleteProvider(rows: Rows, provider: Provider): void {
  rows.providers = rows.providers.filter((row) => row !== provider);
  for (const application of rows.applications) if (application.provider === provider.pk) application.provider = null;
}

/** Whether it counts no more: the policy engine passes over it. */
export function hasExpired({ expiring, expires }: Binding): boolean {
  return expiring && expires !== null && Date.parse(expires) <= Date.now();
}

/** Deleting a group takes its bindings to ANY application along; one whose only binding goes is open to everyone. */
export function deleteGroup(rows: Rows, group: Group): void {
  rows.groups = rows.groups.filter((row) => row !== group);
  rows.bindings = rows.bindings.filter((row) => row.group !== group.pk);
  for (const { parents } of rows.groups) if (parents?.includes(group.pk)) parents.splice(parents.indexOf(group.pk), 1);
  for (const user of rows.users) user.groups = user.groups.filter((pk) => pk !== group.pk);
}

/** Deleting a user takes its bindings and tokens along. */
export function deleteUser(rows: Rows, user: User): void {
  rows.users = rows.users.filter((row) => row !== user);
  rows.bindings = rows.bindings.filter((row) => row.user !== user.pk);
  rows.tokens = rows.tokens.filter((row) => row.user !== user.pk);
}
