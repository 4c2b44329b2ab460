import { sameData } from '../../core/edits/yaml/sameData.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { heldBySection } from '../../core/policy/heldBySection.ts';
import { allowLine, type Breach } from '../../core/policy/breach.ts';
import { breaches, inlineBreaches, probesOf, type GroupWithRoles, type Standing } from '../../core/policy/judge.ts';
import { standingOf } from '../../core/policy/standing.ts';
import type { Registration } from '../../core/registration/registration.ts';
import { type PreflightRequest, canonicalWorkflowId } from '../../core/run/requests.ts';
import type { Job } from '../../core/run/job.ts';
import { rolesByGroup } from '../state/authentikState.ts';
import type { Deps } from '../deps.ts';
import { sectionAt } from '../state/manifest.ts';
import type { ExistingObjects } from './authentik.ts';
import type { Problems } from './problems.ts';
import { loadRegistration } from '../branch/registrationFile.ts';

/**
 * Judges what the registration adds or changes, adds what the policy refuses, and returns what stood before. A plan may be made of a
 * registration that is not in Git yet.
 */
export async function checkPolicy(
  deps: Deps,
  job: Job,
  { application, byName, madeGroups }: ExistingObjects,
  { input, plans }: PreflightRequest & { readonly plans?: boolean },
  problems: Problems,
): Promise<NonNullable<Job['stood']>> {
  const bindings = application === undefined ? undefined : await deps.authentik.bindings(application.pk);
  const section = heldBySection(await sectionAt(deps, job.base, job.names.blueprintKey));
  const held = {
    redirectUris: byName?.redirectUris ?? [],
    bound: bindings?.map(({ group, user, policy }) => group?.name ?? `user ${user} or policy ${policy}`),
    // A group that is there and is none of this client's is taken up: that is as much as making it.
    groups: [...section.groups, ...madeGroups],
  };
  const standing = standingOf(job.registration, job.edits, held);
  const registered = await deps.runs.registeredAs(canonicalWorkflowId(job.client));
  const stood = {
    ...standing,
    ...(registered === undefined ? {} : { probes: probesOf(registered.spec.consumers) }),
    withRoles: await newGroupsWithRoles(deps, job, standing),
    inline: 'kind' in input && plans !== true,
  };
  for (const breach of breachesOf(deps, { ...job, stood })) problems.add(refusalOf(breach));
  return stood;
}

/**
 * Groups with roles that the registration takes up, or puts an account into that is no member yet. What the client's section says
 * already is no change, whatever roles people have given its groups since.
 */
async function newGroupsWithRoles(
  deps: Deps,
  { registration, edits }: Job,
  standing: Standing,
): Promise<readonly GroupWithRoles[]> {
  if (edits.some(({ entry, kind }) => entry === 'configMap' && kind === 'alreadyThere')) return [];
  return groupsWithRoles(deps, registration, standing.groups);
}

/** Groups of a registration that are there and give their members roles, but for `own` ones whose members are all in. */
export async function groupsWithRoles(
  deps: Deps,
  { spec }: Registration,
  own: readonly string[] = [],
): Promise<readonly GroupWithRoles[]> {
  const found: GroupWithRoles[] = [];
  for (const { name, serviceAccounts } of spec.groups) {
    const row = await deps.authentik.group(name);
    if (row === undefined) continue;
    const members = new Set(row.users.map(({ username }) => username));
    if (own.includes(name) && serviceAccounts.every(({ username }) => members.has(username))) continue;
    const roles = await rolesByGroup(deps, row);
    if (roles.length > 0) found.push({ name, roles });
  }
  return found;
}

/**
 * Of a registration in the input of a rotation or a deregistration: refused like that of a registration, unless it says no more than
 * the client's file, or than a run has registered.
 */
export async function checkInline(
  deps: Deps,
  input: object,
  { client, registration, base }: Pick<Job, 'client' | 'registration' | 'base'>,
  problems: Problems,
): Promise<void> {
  const found = 'kind' in input || 'registration' in input ? inlineBreaches(deps.installation.policy) : [];
  if (found.length === 0 || (await isKnown(deps, client, registration, base))) return;
  for (const breach of found) problems.add(refusalOf(breach));
}

async function isKnown(deps: Deps, client: string, registration: Registration, base: string): Promise<boolean> {
  const registered = await deps.runs.registeredAs(canonicalWorkflowId(client));
  if (registered !== undefined && sameData(registered, registration)) return true;
  const file = await loadRegistration(deps, { client }, client, base).catch((error: unknown) => {
    if (error instanceof RegistrarError && error.kind === 'BadInput') return undefined;
    throw error;
  });
  return file !== undefined && sameData(file, registration);
}

/** `registrar.yaml` may have become stricter while the run was on its way. Throws one `Refused` that names everything. */
export function assertStillAllowed(deps: Deps, job: Job): void {
  const found = breachesOf(deps, job).map(refusalOf);
  const [first] = found;
  if (first === undefined) return;
  throw new RegistrarError({
    ...first,
    message: found.map(({ message }) => message).join('; '),
    remedy: [...new Set(found.map(({ remedy }) => remedy))].join(' '),
  });
}

/** A job that was planned before there was a policy is judged by none; a removal asks for nothing. */
function breachesOf({ installation }: Deps, { registration, names, stood, removal }: Job): readonly Breach[] {
  if (stood === undefined || removal !== undefined) return [];
  return breaches({ registration, names, inline: stood.inline }, installation.policy, stood);
}

export function refusalOf(breach: Breach): ConstructorParameters<typeof RegistrarError>[0] {
  const { field, message } = breach;
  const allow = allowLine(breach);
  return {
    system: 'registration file',
    kind: 'Refused',
    message: `${field}: ${message}`,
    remedy:
      allow === undefined
        ? 'Correct the registration; no policy allows it.'
        : `Correct the registration, or have registrar.yaml allow it: ${allow}`,
  };
}
