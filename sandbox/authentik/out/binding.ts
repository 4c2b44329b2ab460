import type { Binding, Fixture, Rows } from '../state.ts';
import { groupHead, userOut } from './people.ts';

export function bindingOut(row: Binding, rows: Rows): unknown {
  const group = rows.groups.find((candidate) => candidate.pk === row.group);
  const policy = rows.fixtures.find((candidate) => candidate.pk === row.policy);
  const user = rows.users.find((candidate) => candidate.pk === row.user);
  return {
    pk: row.pk,
    policy: row.policy,
    group: row.group,
    user: row.user,
    policy_obj: policy === undefined ? null : policyOut(policy, rows),
    group_obj: group === undefined ? null : groupHead(group),
    user_obj: user === undefined ? null : userOut(user, rows),
    target: row.target,
    negate: row.negate,
    enabled: row.enabled,
    order: row.order,
    timeout: row.timeout,
    failure_result: row.failure_result,
  };
}

/** An expression policy: the stand-in has no other kind, and evaluates none. */
function policyOut({ pk, model, fields }: Fixture, rows: Rows): unknown {
  return {
    pk,
    name: fields['name'],
    execution_logging: false,
    component: 'ak-policy-expression-form',
    verbose_name: 'Expression Policy',
    verbose_name_plural: 'Expression Policies',
    meta_model_name: model,
    bound_to: rows.bindings.filter((row) => row.policy === pk).length,
    expression: fields['expression'],
  };
}
