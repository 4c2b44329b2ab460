import { isInstant } from '../authentik/endOfAccess.ts';
import { listOf } from '../base/own.ts';
import { GROUP } from '../edits/blueprint/models.ts';
import type { RegistrationInput } from '../registration/registration.ts';
import type { ClientEntries, Values } from './entries.ts';

type Spec = RegistrationInput['spec'];

/** Who may sign in, by the bindings of the application. */
export function accessOf({ bindings, application }: ClientEntries, notes: string[]): Spec['access'] {
  const groups = bindings.flatMap((binding) => {
    const { name } = (binding['group'] ?? {}) as Values;
    const why = whyNoGroup(binding);
    if (why === undefined) return [String(name)];
    const instead =
      why === NO_GROUP ? '; bind a group of those whom it lets in first, and name that under spec.access' : '';
    notes.push(
      `the binding of order ${String(binding['order'])} ${why}, which a registration cannot say: a run takes it out${instead}`,
    );
    return [];
  });
  const mode = application['policy_engine_mode'] === 'all' ? { mode: 'all' as const } : {};
  if (groups.length > 0) return { groups, ...mode, ...endsOf(bindings, groups, notes) };
  if (bindings.length > 0) {
    notes.push(
      'its blueprint binds no group: name under spec.access who may sign in, for a run takes these bindings out',
    );
    return { groups: [] };
  }
  notes.push('its blueprint binds no group, so everyone may sign in: is that meant?');
  return { everyone: true };
}

/** When the access of these groups ends, where their bindings say so. */
function endsOf(
  bindings: ClientEntries['bindings'],
  groups: readonly string[],
  notes: string[],
): { readonly until?: Readonly<Record<string, string>> } {
  const until: Record<string, string> = {};
  for (const { group, expiring, expires } of bindings) {
    const { name } = (group ?? {}) as Values;
    if (typeof name !== 'string' || !groups.includes(name) || expiring === undefined || expiring === false) continue;
    if (expiring === true && typeof expires === 'string' && isInstant(expires)) until[name] = expires;
    else
      notes.push(
        `the binding to group ${name} ends at a time that its blueprint does not say plainly: name it under spec.access.until`,
      );
  }
  return Object.keys(until).length === 0 ? {} : { until };
}

const NO_GROUP = 'is to no group';

/** Why a binding lets no members of a group in, as the rest of a sentence about it. */
function whyNoGroup({ group, enabled, negate }: Values): string | undefined {
  const { object, name } = (group ?? {}) as Values;
  if (object !== GROUP || typeof name !== 'string') return NO_GROUP;
  if (enabled === false) return `to group ${name} is disabled`;
  return negate === true ? `to group ${name} is negated` : undefined;
}

/**
 * Groups that the blueprint makes, with the service accounts among their members. No registration makes a group of superusers: it stays
 * people's.
 */
export function groupsOf({ groups, users }: ClientEntries, notes: string[]): Pick<Spec, 'groups'> {
  const plain = groups.filter(({ is_superuser: isSuperuser }) => isSuperuser !== true);
  for (const { name } of groups.filter((group) => !plain.includes(group)))
    notes.push(
      `members of group ${String(name)}, which its section makes, are superusers of Authentik: spec.groups cannot ask for that`,
    );
  const all = plain.map(({ name }) => {
    const members = users.filter((user) =>
      listOf(user['groups']).some((each) => (each as Values | null)?.['name'] === name),
    );
    return {
      name: String(name),
      serviceAccounts: members.map((user) => ({
        username: String(user['username']),
        ...(user['name'] === undefined || user['name'] === user['username'] ? {} : { name: String(user['name']) }),
      })),
    };
  });
  return all.length === 0 ? {} : { groups: all };
}
