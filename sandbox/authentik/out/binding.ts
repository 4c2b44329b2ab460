import type { Binding, Rows } from '../state.ts';
import { groupHead, userOut } from './people.ts';

export function bindingOut(row: Binding, rows: Rows): unknown {
  const group = rows.groups.find((candidate) => candidate.pk === row.group);
  const user = rows.users.find((candidate) => candidate.pk === row.user);
  return {
    pk: row.pk,
    policy: null,
    group: row.group,
    user: row.user,
    policy_obj: null,
    group_obj: group === undefined ? null : groupHead(group),
    user_obj: user === undefined ? null : userOut(user, rows),
    target: row.target,
    negate: row.negate,
    enabled: row.enabled,
    order: row.order,
    timeout: row.timeout,
    failure_result: false,
  };
}
