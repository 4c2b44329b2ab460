import { RegistrarError } from '../core/errors.ts';
import type { Job, Kept } from '../core/run.ts';
import type { ApplicationRow, DeletableKind, ProviderState, UsedByRow } from '../integrations/authentik/authentik.ts';
import type { Deps } from './deps.ts';

export interface Candidate {
  readonly kind: DeletableKind;
  readonly id: string | number;
  readonly label: string;
  /** Rows of `used_by` that are the object's own or ours, by model and key. */
  readonly expected: (row: UsedByRow) => boolean;
}

export interface Removal {
  readonly undone: readonly string[];
  readonly kept: readonly Kept[];
}

/**
 * Deletes what this run created and nobody else uses: the instance, then the application first, for deleting a group or user
 * also deletes others' bindings to it and can open their applications to everyone. Whatever is kept stays closed: the
 * application keeps its binding, and a group that is kept keeps its members.
 */
export async function removeFromAuthentik(deps: Deps, job: Job): Promise<Removal> {
  if (!job.before.known) return { undone: [], kept: [unknownBefore(job)] };
  if (deps.installation.authentik.undo === 'keep') return { undone: [], kept: [keptBySetting(job)] };
  const removal = new Remover(deps);
  await removeClient(deps, job, removal);
  for (const group of job.registration.spec.groups) await removeGroup(deps, job, group.name, removal);
  return removal.result();
}

/** Instance, application and provider, as far as they were not there before. */
export async function removeClient(deps: Deps, job: Job, removal: Remover): Promise<void> {
  await removeInstance(deps, job, removal);
  if (await removeApplication(deps, job, removal)) await removeProvider(deps, job, removal);
  else await keepProvider(deps, job, removal);
}

export class Remover {
  readonly #deps: Deps;
  readonly #undone: string[] = [];
  readonly #kept: Kept[] = [];

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Asks who else uses it, and deletes it where nobody does. True where it is gone. */
  async remove(candidate: Candidate): Promise<boolean> {
    const others = await this.users(candidate);
    if (others.length > 0) {
      this.keep(
        candidate.label,
        `it is in use: ${others.map((row) => row.name).join(', ')}.`,
        'Delete it when nothing uses it any more.',
      );
      return false;
    }
    try {
      await this.#deps.authentik.remove(candidate.kind, candidate.id);
    } catch (error) {
      if (!(error instanceof RegistrarError) || error.kind !== 'Unauthorized') throw error;
      this.keep(candidate.label, error.message, `${error.remedy} Or delete it in the admin interface.`);
      return false;
    }
    this.#undone.push(`${candidate.label} deleted`);
    return true;
  }

  /** Who else uses it. */
  async users({ kind, id, expected }: Candidate): Promise<readonly UsedByRow[]> {
    return (await this.#deps.authentik.usedBy(kind, id)).filter((row) => !expected(row));
  }

  keep(what: string, why: string, remedy: string): void {
    this.#kept.push({ what, why, remedy });
  }

  result(): Removal {
    return { undone: this.#undone, kept: this.#kept };
  }
}

async function removeInstance(deps: Deps, job: Job, remover: Remover): Promise<void> {
  if (job.before.instance) return;
  for (const instance of await deps.authentik.instancesByPath(job.names.blueprintPath)) {
    const label = `Authentik blueprint instance ${instance.path}`;
    await remover.remove({ kind: 'blueprint', id: instance.pk, label, expected: () => true });
  }
}

/** True where the application is gone, so that its provider is free. */
async function removeApplication(deps: Deps, job: Job, remover: Remover): Promise<boolean> {
  const application = await deps.authentik.application(job.names.slug);
  if (application === undefined) return true;
  if (job.before.application) return false;
  return remover.remove(await applicationCandidate(deps, job, application));
}

/** A forced deregistration takes bindings along that somebody added to the application; nothing else does. */
export async function applicationCandidate(deps: Deps, job: Job, application: ApplicationRow): Promise<Candidate> {
  const bindings = await deps.authentik.bindings(application.pk);
  const isOurs = (group = ''): boolean => job.removal?.force === true || wantedGroups(job).includes(group);
  const ours = new Set(bindings.filter((binding) => isOurs(binding.group?.name)).map((binding) => binding.pk));
  return {
    kind: 'application',
    id: application.slug,
    label: `Authentik application ${application.slug}`,
    expected: (row) =>
      row.model === 'policybinding' ? ours.has(row.pk) : row.model === 'oauth2provider' || row.model === 'provider',
  };
}

function wantedGroups(job: Job): readonly string[] {
  const { access } = job.registration.spec;
  return 'groups' in access ? access.groups : [];
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
  return {
    kind: 'provider',
    id: pk,
    label: `Authentik provider ${name}`,
    expected: (row) => PROVIDER_OWN.has(row.model),
  };
}

async function keepProvider(deps: Deps, job: Job, remover: Remover): Promise<void> {
  const provider = await deps.authentik.providerByName(job.names.providerName);
  if (provider === undefined || job.before.provider) return;
  remover.keep(
    `Authentik provider ${provider.name}`,
    'its application is kept.',
    'Delete it together with the application.',
  );
}

/** A group that others use keeps its members: whoever uses it may count on them. */
async function removeGroup(deps: Deps, job: Job, name: string, remover: Remover): Promise<void> {
  const group = await deps.authentik.group(name);
  const accounts = job.registration.spec.groups.find((wanted) => wanted.name === name)?.serviceAccounts ?? [];
  const made = accounts.map((account) => account.username).filter((username) => !job.before.users.includes(username));
  const users = (await Promise.all(made.map((username) => deps.authentik.user(username)))).filter(
    (user) => user !== undefined,
  );
  if (group !== undefined && !job.before.groups.includes(name)) {
    const ownPks = new Set(users.map((user) => String(user.pk)));
    const strangers = group.users.filter((user) => !ownPks.has(String(user.pk)));
    const label = `Authentik group ${name}`;
    if (strangers.length > 0) {
      remover.keep(
        label,
        `it has members that this run did not make: ${strangers.map((user) => user.username).join(', ')}.`,
        'Delete it when nobody needs it.',
      );
      keepMembers(remover, users, name);
      return;
    }
    const gone = await remover.remove({
      kind: 'group',
      id: group.pk,
      label,
      expected: (row) => row.model === 'user' && ownPks.has(row.pk),
    });
    if (!gone) {
      keepMembers(remover, users, name);
      return;
    }
  }
  for (const user of users) {
    await remover.remove({
      kind: 'user',
      id: user.pk,
      label: `Authentik service account ${user.username}`,
      expected: (row) => row.model === 'group' && row.pk === group?.pk,
    });
  }
}

function keepMembers(remover: Remover, users: readonly { username: string }[], group: string): void {
  for (const user of users) {
    remover.keep(
      `Authentik service account ${user.username}`,
      `its group ${group} is kept.`,
      'Delete it together with the group.',
    );
  }
}

function unknownBefore(job: Job): Kept {
  return {
    what: `what blueprint ${job.names.blueprintPath} made in Authentik`,
    why: 'the history of the run that made it is gone, so it cannot be told from what was there before.',
    remedy: 'Delete application, provider, groups and service accounts by hand, the application first.',
  };
}

function keptBySetting(job: Job): Kept {
  return {
    what: `what blueprint ${job.names.blueprintPath} made in Authentik`,
    why: 'registrar.yaml says authentik.undo: keep. The application keeps its bindings.',
    remedy: 'Delete instance, application, provider, groups and service accounts by hand, the application first.',
  };
}
