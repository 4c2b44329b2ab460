import { listOf } from '../base/own.ts';
import { boundIn, boundOf, endIn } from '../edits/blueprint/boundIn.ts';
import { inWords, textOf } from '../edits/blueprint/sectionValues.ts';
import { boundLabel, type BoundKind } from '../registration/boundTo.ts';
import type { RegistrationInput } from '../registration/registration.ts';
import type { ClientEntries, Values } from './entries.ts';

type Spec = RegistrationInput['spec'];

/** Who may sign in, by the bindings of the application. */
export function accessOf({ bindings, application }: ClientEntries, notes: string[]): Spec['access'] {
  const bound = bindings.flatMap((binding) => {
    const found = boundIn(binding);
    if (found !== undefined) return [found];
    notes.push(
      `the binding of order ${inWords(binding['order'])} ${whyUnsaid(binding)}, which a registration cannot say: a run takes it out`,
    );
    return [];
  });
  const of = (asked: BoundKind): readonly string[] => bound.flatMap(({ kind, name }) => (kind === asked ? [name] : []));
  const [groups, users, policies] = [[...of('group')], [...of('user')], [...of('policy')]];
  notes.push(...numberedAnew(bindings, [...groups, ...labelled('user', users), ...labelled('policy', policies)]));
  const mode = application['policy_engine_mode'] === 'all' ? { mode: 'all' as const } : {};
  if (bound.length > 0)
    return {
      groups,
      ...(users.length === 0 ? {} : { users }),
      ...(policies.length === 0 ? {} : { policies }),
      ...mode,
      ...endsOf(bindings, notes),
    };
  if (bindings.length > 0) {
    notes.push(
      'its blueprint binds no group: name under spec.access who may sign in, for a run takes these bindings out',
    );
    return { groups: [] };
  }
  notes.push('its blueprint binds no group, so everyone may sign in: is that meant?');
  return { everyone: true };
}

function labelled(kind: BoundKind, names: readonly string[]): readonly string[] {
  return names.map((name) => boundLabel({ kind, name }));
}

/** A note where a run would give bindings other orders: it counts what is `asked` from 0, and a binding is known by its order. */
function numberedAnew(bindings: ClientEntries['bindings'], asked: readonly string[]): readonly string[] {
  const standing = bindings.flatMap((binding) => {
    const bound = boundIn(binding);
    return bound === undefined ? [] : [`${inWords(binding['order'])} ${boundLabel(bound)}`];
  });
  const numbered = asked.map((label, order) => `${order} ${label}`);
  if (standing.every((each) => numbered.includes(each))) return [];
  return [
    `its bindings have the orders ${standing.join(', ')}, and a run makes them ${numbered.join(', ')}: nobody gains or loses access by that, for Authentik asks them all`,
  ];
}

/** When the access of what is bound ends, where the bindings say so. */
function endsOf(
  bindings: ClientEntries['bindings'],
  notes: string[],
): { readonly until?: Readonly<Record<string, string>> } {
  const until: Record<string, string> = {};
  for (const binding of bindings) {
    const [bound, end] = [boundIn(binding), endIn(binding)];
    if (bound === undefined || end === null) continue;
    if (end !== undefined) until[boundLabel(bound)] = end;
    else
      notes.push(
        `the binding to ${bound.kind} ${bound.name} ends at a time that its blueprint does not say plainly: name it under spec.access.until`,
      );
  }
  return Object.keys(until).length === 0 ? {} : { until };
}

/** Why a binding lets nobody in whom a registration can name, as the rest of a sentence about it. */
function whyUnsaid(binding: Values): string {
  const bound = boundOf(binding);
  if (bound === undefined) return 'is to something that its section does not tell by its name';
  return `to ${bound.kind} ${bound.name} is ${binding['enabled'] === false ? 'disabled' : 'negated'}`;
}

/**
 * Groups that the blueprint makes, with the service accounts among their members. No registration makes a group of superusers: it stays
 * people's.
 */
export function groupsOf({ groups, users }: ClientEntries, notes: string[]): Pick<Spec, 'groups'> {
  const plain = groups.filter(({ is_superuser: isSuperuser }) => isSuperuser !== true);
  for (const { name } of groups.filter((group) => !plain.includes(group)))
    notes.push(
      `members of group ${textOf(name) ?? inWords(name)}, which its section makes, are superusers of Authentik: spec.groups cannot ask for that`,
    );
  const all = plain.flatMap(({ name: asked }) => {
    const name = textOf(asked);
    if (name === undefined) {
      notes.push(`the name of a group that its section makes is ${inWords(asked)}, ${UNSAID}`);
      return [];
    }
    const members = users.filter((user) =>
      listOf(user['groups']).some((each) => textOf((each as Values | null)?.['name']) === name),
    );
    return [{ name, serviceAccounts: members.flatMap((user) => accountOf(user, notes)) }];
  });
  return all.length === 0 ? {} : { groups: all };
}

const UNSAID = 'which the file does not tell as text: no registration can say it, and a run leaves it alone';

function accountOf(user: Values, notes: string[]): readonly { readonly username: string; readonly name?: string }[] {
  const [username, name] = [textOf(user['username']), textOf(user['name'])];
  if (username === undefined) {
    notes.push(`the user name of an account that its section makes is ${inWords(user['username'])}, ${UNSAID}`);
    return [];
  }
  if (name === undefined && user['name'] !== undefined)
    notes.push(
      `the name of account ${username} is ${inWords(user['name'])}, which the file does not tell as text: write it under spec.groups`,
    );
  return [{ username, ...(name === undefined || name === username ? {} : { name }) }];
}
