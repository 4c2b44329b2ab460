import type { Job } from '../../core/run/job.ts';
import type { Leftover } from '../../core/run/reports.ts';
import type { BindingRow, GroupRow, MadeRow, UserRow } from '../../integrations/authentik/authentik.ts';
import type { Deps } from '../deps.ts';
import { PROVIDER_OWN } from '../authentik/removeFromAuthentik.ts';
import { cannotTell, usersOf, type Candidate } from '../authentik/remover.ts';

/** What may go of one group and its service accounts, and what stays with the reason. */
export interface AccountsPlan {
  /** In the order of their removal: a group before its members. */
  readonly remove: readonly Candidate[];
  readonly kept: readonly Leftover[];
}

interface Asked {
  readonly name: string;
  readonly accounts: readonly string[];
}

/**
 * Settles what the registration made and nobody else uses. A group stays where it was there before, has other members, or is
 * used or named by others; a service account stays where it is in other groups or has tokens. What belongs to something
 * that stays, stays with it.
 */
export async function planAccounts(deps: Deps, job: Job): Promise<AccountsPlan> {
  const application = await deps.authentik.application(job.names.slug);
  const bindings =
    application === undefined || job.removal?.ours.application !== true
      ? []
      : await deps.authentik.bindings(application.pk);
  const plans: AccountsPlan[] = [];
  for (const { name, serviceAccounts } of job.registration.spec.groups) {
    const asked = { name, accounts: serviceAccounts.map((account) => account.username) };
    plans.push(await planGroup(deps, job, asked, bindings));
  }
  return { remove: plans.flatMap((plan) => plan.remove), kept: plans.flatMap((plan) => plan.kept) };
}

async function planGroup(
  deps: Deps,
  job: Job,
  { name, accounts }: Asked,
  bindings: readonly BindingRow[],
): Promise<AccountsPlan> {
  const group = await deps.authentik.group(name);
  const found = (await Promise.all(accounts.map((username) => deps.authentik.user(username)))).filter(
    (user) => user !== undefined,
  );
  const made = found.filter((user) => whyNotOurs(job, user, job.removal?.older.users, user.username) === undefined);
  const users = await Promise.all(made.map((user) => judgeUser(deps, user, group)));
  const others = found
    .filter((user) => !made.includes(user))
    .map((user) => keptUser(user, whyNotOurs(job, user, job.removal?.older.users, user.username) ?? BEFORE));
  const whyGroup = group === undefined ? undefined : await whyGroupStays(deps, job, group, found, bindings);
  // A group that was there before has nothing to do with what was put into it.
  if (whyGroup !== undefined && whyGroup !== BEFORE && whyGroup !== UNPROVEN) {
    const along = `its group ${name} is kept.`;
    return { remove: [], kept: [keptGroup(name, whyGroup), ...others, ...made.map((user) => keptUser(user, along))] };
  }
  const staying = users.filter((user) => user.why !== undefined);
  const kept = [...others, ...staying.map(({ user, why }) => keptUser(user, why ?? ''))];
  const remove = users.filter((user) => user.why === undefined).map((user) => user.candidate);
  if (group === undefined) return { remove, kept };
  if (whyGroup !== undefined) return { remove, kept: [keptGroup(name, whyGroup), ...kept] };
  if (kept.length === 0) return { remove: [groupCandidate(group, found), ...remove], kept };
  const names = [
    ...staying.map(({ user }) => user.username),
    ...found.filter((user) => !made.includes(user)).map((user) => user.username),
  ];
  return { remove, kept: [keptGroup(name, `${names.join(', ')} stays and is in it.`), ...kept] };
}

const BEFORE = 'it was there before the registration.';
const UNPROVEN = 'it does not bear the mark of this job, so somebody else may have made it.';

/** Why an object is not known to be made by a run of the client: its own mark proves it, unless it is said to be older. */
function whyNotOurs(
  job: Job,
  { madeFor }: MadeRow,
  older: readonly string[] | undefined,
  name: string,
): string | undefined {
  if (older?.includes(name) === true) return BEFORE;
  return madeFor === job.client ? undefined : UNPROVEN;
}

async function whyGroupStays(
  deps: Deps,
  job: Job,
  group: GroupRow,
  accounts: readonly UserRow[],
  bindings: readonly BindingRow[],
): Promise<string | undefined> {
  const notOurs = whyNotOurs(job, group, job.removal?.older.groups, group.name);
  if (notOurs !== undefined) return notOurs;
  if (job.removal?.sharedGroups.includes(group.name) === true) return 'another registration or blueprint names it.';
  const own = new Set(accounts.map((user) => user.pk));
  const strangers = group.users.filter((user) => !own.has(user.pk));
  if (strangers.length > 0)
    return `it has members that the registration did not make: ${strangers.map((user) => user.username).join(', ')}.`;
  const candidate = groupCandidate(group, accounts);
  const ours = new Set(bindings.map((binding) => binding.pk));
  const all = await usersOf(deps, candidate);
  if ('lacking' in all) return cannotTell(all);
  const users = all.filter((row) => !(row.model === 'policybinding' && ours.has(row.pk)));
  return users.length === 0 ? undefined : `it is in use: ${users.map((row) => row.name).join(', ')}.`;
}

function groupCandidate(group: GroupRow, accounts: readonly UserRow[]): Candidate {
  const own = new Set(accounts.map((user) => String(user.pk)));
  return {
    kind: 'group',
    name: group.name,
    id: group.pk,
    expected: (row) => row.model === 'user' && own.has(row.pk),
  };
}

interface JudgedUser {
  readonly user: UserRow;
  readonly candidate: Candidate;
  /** Why it stays; undefined where it may go. */
  readonly why: string | undefined;
}

async function judgeUser(deps: Deps, user: UserRow, group: GroupRow | undefined): Promise<JudgedUser> {
  const candidate: Candidate = {
    kind: 'service account',
    name: user.username,
    id: user.pk,
    expected: (row) => row.model === 'group' && row.pk === group?.pk,
  };
  // What the application itself gave it goes with the application.
  const all = await usersOf(deps, candidate);
  if ('lacking' in all) return { user, candidate, why: cannotTell(all) };
  const users = all.filter((row) => !PROVIDER_OWN.has(row.model));
  const why =
    users.length === 0 ? undefined : `it is in use: ${users.map((row) => `${row.model} ${row.name}`).join(', ')}.`;
  return { user, candidate, why };
}

function keptUser({ username }: UserRow, why: string): Leftover {
  const remedy = why === BEFORE ? 'Nothing is to be done.' : 'Delete it when nobody needs it any more.';
  return { what: `Authentik service account ${username}`, why, remedy };
}

function keptGroup(name: string, why: string): Leftover {
  const remedy = why === BEFORE ? 'Nothing is to be done.' : 'Delete it when nobody needs it any more.';
  return { what: `Authentik group ${name}`, why, remedy };
}
