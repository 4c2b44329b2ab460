import type { Registration } from './registration.ts';

/** What an application may be bound to. */
export type BoundKind = 'group' | 'user' | 'policy';

export interface Bound {
  readonly kind: BoundKind;
  /** Name of the group or policy; user name of the user. */
  readonly name: string;
}

/** One text for what a binding lets in: a group by its name, which never begins so, anything else with its kind. */
export function boundLabel({ kind, name }: Bound): string {
  return kind === 'group' ? name : `${kind} "${name}"`;
}

/** What a registration binds its application to, in the order of its bindings. */
export function boundBy(access: Registration['spec']['access']): readonly Bound[] {
  if (!('groups' in access)) return [];
  const of = (kind: BoundKind, names: readonly string[] = []): readonly Bound[] =>
    names.map((name) => ({ kind, name }));
  return [...of('group', access.groups), ...of('user', access.users), ...of('policy', access.policies)];
}
