import type { Registration } from '../../core/registration.ts';
import type { StateBefore } from '../../core/run.ts';
import type { ValuesBefore } from '../../core/valuesBefore.ts';

/**
 * Groups and service accounts that no run of the client made, added up over its changes: those that were there before it was
 * registered, those that were there when a later change first asked for them, and those that people have written into its
 * section, which no registration asked for. `made` is the state before the run that registered it, `registered` what that or the
 * newest change asked for. Undefined where nothing is known. Pure.
 */
export function olderThan(
  made: StateBefore | undefined,
  registered: Registration | undefined,
  now: Pick<StateBefore, 'groups' | 'users'>,
  dropped: ValuesBefore['dropped'],
): StateBefore['older'] {
  if (made === undefined || registered === undefined) return undefined;
  const { groups, users, vaultField } = made.older ?? made;
  const asked = registered.spec.groups;
  const accounts = asked.flatMap((group) => group.serviceAccounts.map((account) => account.username));
  const names = asked.map((group) => group.name);
  const others = (there: readonly string[], own: readonly string[]): readonly string[] =>
    there.filter((name) => !own.includes(name));
  return {
    groups: [...new Set([...groups, ...others([...now.groups, ...dropped.groups], names)])],
    users: [...new Set([...users, ...others([...now.users, ...dropped.users], accounts)])],
    vaultField,
  };
}
