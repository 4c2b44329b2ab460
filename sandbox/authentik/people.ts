import type { Group, Rows, User } from './state.ts';

/** The groups of a user with all above them: a superuser group counts for the members of every group below it. */
export function groupsOf(user: Pick<User, 'groups'>, rows: Rows): readonly Group[] {
  const found = new Set<Group>();
  const open = [...user.groups];
  for (let pk = open.pop(); pk !== undefined; pk = open.pop()) {
    const group = rows.groups.find((row) => row.pk === pk);
    if (group === undefined || found.has(group)) continue;
    found.add(group);
    open.push(...(group.parents ?? []));
  }
  return [...found];
}
