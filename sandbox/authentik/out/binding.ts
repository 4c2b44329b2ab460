import type { Binding, Rows } from '../state.ts';
import type { Version } from '../version.ts';
import { fixtureOut } from './fixture.ts';
import { groupHead, userHead } from './people.ts';

export function bindingOut(row: Binding, rows: Rows, { bindingsExpire }: Version): unknown {
  const group = rows.groups.find((candidate) => candidate.pk === row.group);
  const policy = rows.fixtures.find((candidate) => candidate.pk === row.policy);
  const user = rows.users.find((candidate) => candidate.pk === row.user);
  return {
    pk: row.pk,
    policy: row.policy,
    group: row.group,
    user: row.user,
    policy_obj: policy === undefined ? null : { ...fixtureOut(policy, rows), expression: policy.fields['expression'] },
    group_obj: group === undefined ? null : groupHead(group),
    user_obj: user === undefined ? null : userHead(user),
    target: row.target,
    negate: row.negate,
    enabled: row.enabled,
    order: row.order,
    timeout: row.timeout,
    failure_result: row.failure_result,
    ...(bindingsExpire ? { expires: row.expires, expiring: row.expiring } : {}),
  };
}
