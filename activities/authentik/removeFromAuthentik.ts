import { GROUP, USER } from '../../core/edits/blueprint/models.ts';
import { keyOfNamed } from '../../core/edits/blueprint/models.ts';
import { markedIn } from '../../core/edits/blueprint/sectionFacts.ts';
import { boundBy, boundLabel } from '../../core/registration/boundTo.ts';
import type { Job } from '../../core/run/job.ts';
import { bySection } from '../../core/run/sectionOfJob.ts';
import type { Leftover } from '../../core/run/reports.ts';
import type {
  ApplicationRow,
  BindingRow,
  GroupRow,
  MadeRow,
  ProviderState,
  UserRow,
} from '../../integrations/authentik/authentik.ts';
import { boundTo } from '../state/authentikState.ts';
import { textWithout } from '../state/liveSection.ts';
import type { Deps } from '../deps.ts';
import { listMade, nameOfBinding } from './leftInAuthentik.ts';
import { type Candidate, Remover } from './remover.ts';
import { removeSecrets } from './removeSecrets.ts';
import type { UndoJournal } from '../kit/undoJournal.ts';

/**
 * Deletes what this run created and nobody else uses: the instance, then the application first, for deleting a group or user
 * also deletes others' bindings to it and can open their applications to everyone. Whatever is kept stays closed: the
 * application keeps its binding, and a group that is kept keeps its members. Each object that is kept is listed.
 */
export async function removeFromAuthentik(deps: Deps, job: Job, journal: UndoJournal): Promise<readonly Leftover[]> {
  if (!job.before.known) return listMade(deps, job, UNKNOWN_BEFORE);
  if (deps.installation.authentik.undo === 'keep') return listMade(deps, job, KEPT_BY_SETTING);
  const remover = new Remover(deps, journal);
  await removeClient(deps, job, remover);
  for (const group of job.registration.spec.groups) await removeGroup(deps, job, group.name, remover);
  return remover.kept;
}

/** Instance, application, provider and what keeps its secret, as far as they were not there before. */
export async function removeClient(deps: Deps, job: Job, remover: Remover): Promise<void> {
  await removeInstance(deps, job, remover);
  if (await removeApplication(deps, job, remover)) await removeProvider(deps, job, remover);
  else await keepProvider(deps, job, remover);
  await removeSecrets(deps, job, remover);
}

const UNKNOWN_BEFORE =
  'the history of the run that may have made it is gone, so it cannot be told from what was there before.';

export const KEPT_BY_SETTING = 'registrar.yaml says authentik.undo: keep.';

async function removeInstance(deps: Deps, job: Job, remover: Remover): Promise<void> {
  if (job.before.instance) return;
  for (const part of bySection(job)) await removeInstanceOf(deps, part, remover);
}

async function removeInstanceOf(deps: Deps, part: Job, remover: Remover): Promise<void> {
  for (const { pk, path } of await deps.authentik.instancesByPath(part.names.blueprintPath)) {
    // Other clients are made by the same file, and by its instance.
    if ((await textWithout(deps, part)) !== undefined) return;
    await remover.remove({ kind: 'blueprint instance', name: path, id: pk, expected: () => true });
  }
}

/** True where the application is gone, so that its provider is free. */
async function removeApplication(deps: Deps, job: Job, remover: Remover): Promise<boolean> {
  const application = await deps.authentik.application(job.names.slug);
  if (application === undefined) return true;
  if (job.before.application) return false;
  const bindings = await deps.authentik.bindings(application.pk);
  const gone = await remover.remove(applicationCandidate(job, application, bindings));
  if (!gone) keepBindings(bindings, application.slug, remover);
  return gone;
}

/** A forced deregistration takes bindings along that somebody added to the application; nothing else does. */
export function applicationCandidate(
  job: Job,
  application: ApplicationRow,
  bindings: readonly BindingRow[],
): Candidate {
  const wanted = new Set(boundBy(job.registration.spec.access).map(boundLabel));
  const isOurs = (bound = ''): boolean => job.removal?.force === true || wanted.has(bound);
  const ours = new Set(bindings.filter((row) => isOurs(boundTo(row))).map((row) => row.pk));
  return {
    kind: 'application',
    name: application.slug,
    id: application.pk,
    expected: (row) =>
      row.model === 'policybinding' ? ours.has(row.pk) : row.model === 'oauth2provider' || row.model === 'provider',
  };
}

function keepBindings(bindings: readonly BindingRow[], slug: string, remover: Remover): void {
  for (const row of bindings)
    remover.keep(
      { kind: 'policy binding', name: nameOfBinding(row, slug), id: row.pk },
      'its application is kept, and stays closed by it.',
    );
}

/** Tokens and codes of the provider are sessions of the very application that is taken back. */
export const PROVIDER_OWN: ReadonlySet<string> = new Set([
  'propertymapping',
  'scopemapping',
  'accesstoken',
  'refreshtoken',
  'authorizationcode',
  'devicetoken',
]);

async function removeProvider(deps: Deps, job: Job, remover: Remover): Promise<void> {
  const provider = await deps.authentik.providerByName(job.names.providerName);
  if (provider === undefined || job.before.provider) return;
  await remover.remove(providerCandidate(provider));
}

export function providerCandidate({ pk, name }: Pick<ProviderState, 'pk' | 'name'>): Candidate {
  return { kind: 'provider', name, id: pk, expected: (row) => PROVIDER_OWN.has(row.model) };
}

async function keepProvider(deps: Deps, job: Job, remover: Remover): Promise<void> {
  const provider = await deps.authentik.providerByName(job.names.providerName);
  if (provider === undefined || job.before.provider) return;
  remover.keep({ kind: 'provider', name: provider.name, id: provider.pk }, 'its application is kept.');
}

const NOT_MARKED =
  'it does not bear the mark with which this run makes its own, so somebody else made it since the run began.';

/**
 * A group that others use keeps its members: whoever uses it may count on them. Where the blueprint marks what it makes, what was
 * not there before and bears no mark was made by somebody else meanwhile.
 */
async function removeGroup(deps: Deps, job: Job, name: string, remover: Remover): Promise<void> {
  const marked = new Set(bySection(job).flatMap(({ blueprint }) => [...markedIn(blueprint.text)]));
  const isOurs = (model: typeof GROUP | typeof USER, of: string, { madeFor }: MadeRow): boolean =>
    !marked.has(keyOfNamed(model, of)) || madeFor === job.client;
  const group = await deps.authentik.group(name);
  const accounts = job.registration.spec.groups.find((wanted) => wanted.name === name)?.serviceAccounts ?? [];
  const made = accounts.map((account) => account.username).filter((username) => !job.before.users.includes(username));
  const found = (await Promise.all(made.map((username) => deps.authentik.user(username)))).filter(
    (user) => user !== undefined,
  );
  const users = found.filter((user) => isOurs(USER, user.username, user));
  for (const { pk, username } of found.filter((user) => !users.includes(user)))
    remover.keep({ kind: 'service account', name: username, id: pk }, NOT_MARKED);
  if (group !== undefined && !job.before.groups.includes(name)) {
    const object = { kind: 'group', name, id: group.pk } as const;
    if (!isOurs(GROUP, name, group)) remover.keep(object, NOT_MARKED);
    else if (!(await removeOwnGroup(group, users, remover))) return;
  }
  for (const { pk, username } of users) {
    await remover.remove({
      kind: 'service account',
      name: username,
      id: pk,
      expected: (row) => row.model === 'group' && row.pk === group?.pk,
    });
  }
}

/** True where the group is gone, so that its members are free. */
async function removeOwnGroup(group: GroupRow, users: readonly UserRow[], remover: Remover): Promise<boolean> {
  const { name } = group;
  const object = { kind: 'group', name, id: group.pk } as const;
  const ownPks = new Set(users.map((user) => String(user.pk)));
  const strangers = group.users.filter((user) => !ownPks.has(String(user.pk)));
  if (strangers.length > 0) {
    const names = strangers.map((user) => `${user.username} (id ${user.pk})`).join(', ');
    remover.keep(object, `it has members that this run did not make: ${names}.`);
    keepMembers(remover, users, name);
    return false;
  }
  const gone = await remover.remove({ ...object, expected: (row) => row.model === 'user' && ownPks.has(row.pk) });
  if (!gone) keepMembers(remover, users, name);
  return gone;
}

function keepMembers(remover: Remover, users: readonly { pk: number; username: string }[], group: string): void {
  for (const { pk, username } of users)
    remover.keep({ kind: 'service account', name: username, id: pk }, `its group ${group} is kept.`);
}
