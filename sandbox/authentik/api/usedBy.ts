import type { StandInAnswer } from '../../kit/http.ts';
import { mayDo } from '../permissions.ts';
import type { Binding, Rows } from '../state.ts';
import type { Call } from './call.ts';

interface User {
  readonly app: string;
  readonly model_name: string;
  readonly pk: string;
  readonly name: string;
  readonly action: string;
}

/** Who uses an object, as far as the token may see. Asking needs no permission on the object itself. */
export function usedBy({ grant }: Call, users: readonly User[]): StandInAnswer {
  return { status: 200, body: users.filter((user) => mayDo(grant, `view_${user.model_name}`, user.pk)) };
}

export function bindingUser(binding: Binding, rows: Rows): User {
  const target = rows.applications.find((row) => row.pk === binding.target)?.slug ?? binding.target;
  const group = rows.groups.find((row) => row.pk === binding.group)?.name;
  const user = rows.users.find((row) => row.pk === binding.user)?.username;
  const who = group === undefined ? `User ${user}` : `Group ${group}`;
  const name = `Binding from ${target} #${binding.order} to ${who}`;
  return { app: 'authentik_policies', model_name: 'policybinding', pk: binding.pk, name, action: 'cascade' };
}

export function mappingUser(pk: string, rows: Rows): User {
  const name = `Property Mapping ${rows.fixtures.find((row) => row.pk === pk)?.fields['name']}`;
  return { app: 'authentik_core', model_name: 'propertymapping', pk, name, action: 'cascade_many' };
}

export function memberUser(model: 'user' | 'group', pk: string | number, name: string): User {
  return { app: 'authentik_core', model_name: model, pk: String(pk), name, action: 'cascade_many' };
}
