import { sectionKind } from '../../core/changes/entry.ts';
import { scopeFor } from '../../core/edits/blueprint/scopedSection.ts';
import { sameData } from '../../core/edits/yaml/sameData.ts';
import { RegistrarError, refused, unlessRefused } from '../../core/base/errors.ts';
import { heldBySection } from '../../core/policy/heldBySection.ts';
import { allowLine, type Breach } from '../../core/policy/breach.ts';
import { breaches, inlineBreaches, OWN_NAMES, probesOf, type GroupWithRoles } from '../../core/policy/judge.ts';
import { standingOf } from '../../core/policy/standing.ts';
import type { Registration } from '../../core/registration/registration.ts';
import type { Job } from '../../core/run/job.ts';
import { boundTo, endOf, type FoundGroup, rolesOf } from '../state/authentikState.ts';
import type { Deps } from '../deps.ts';
import { loadRegistration } from '../branch/registrationFile.ts';
import type { BindingRow } from '../../integrations/authentik/authentik.ts';
import { allowedTogether } from './problems.ts';
import type { Draft } from './world.ts';

/** What a binding lets in; of a disabled or negated one, what is no name. */
function letInBy(row: BindingRow): string {
  return row.enabled && !row.negate ? boundTo(row) : '';
}

type Judged = Pick<Draft, 'job' | 'occupied' | 'bindings' | 'sections' | 'registered' | 'groups' | 'request'>;

/** What stood before of that which the registration asks for. A plan may be made of a registration that is not in Git yet. */
export function stoodOf({
  job,
  occupied,
  bindings,
  sections,
  registered,
  groups,
  request,
}: Judged): NonNullable<Job['stood']> {
  const held = heldBySection(sections, scopeFor(job.names, job.registration));
  const standing = standingOf(job.registration, job.edits, {
    redirectUris: occupied.byName?.redirectUris ?? [],
    bound: bindings?.map(letInBy),
    ...(bindings === undefined
      ? {}
      : { bindings: bindings.map((row) => ({ order: row.order, group: letInBy(row), until: endOf(row) })) }),
    // A group that is there and is none of this client's is taken up: that is as much as making it.
    groups: [...held.groups, ...occupied.madeGroups],
    mode: occupied.application?.policyEngineMode,
    // What people have reviewed in Git comes before what somebody may have changed in Authentik.
    clientType: held.clientType ?? occupied.byName?.clientType,
    envVar: held.envVar,
    clientIdVar: held.clientIdVar,
    ...(held.fields === undefined ? {} : { fields: held.fields }),
    ...(held.mappings === undefined ? {} : { mappings: held.mappings }),
    ...(held.grants === undefined ? {} : { grants: held.grants }),
  });
  // What the client's section says already is no change, whatever roles people have given its groups since.
  const asSection = sectionKind(job.edits) === 'alreadyThere';
  return {
    ...standing,
    ...(registered === undefined ? {} : { probes: probesOf(registered.spec.consumers) }),
    // A repair makes a section anew that is gone.
    names: OWN_NAMES.filter(
      (name) =>
        standing.names?.includes(name) === true || sameData(registered?.spec[name], job.registration.spec[name]),
    ),
    withRoles: asSection ? [] : groupsWithRoles(job.registration, groups, standing.groups),
    inline: 'kind' in request.input && request.plans !== true,
  };
}

/** What the policy refuses of that which the registration adds or changes. */
export function refusedByPolicy({ installation }: Pick<Deps, 'installation'>, job: Job): readonly RegistrarError[] {
  return breachesOf(installation, job).map(refusalOf);
}

/** Of the groups those that give their members roles, but for `own` ones whose members are all in. */
export function groupsWithRoles(
  { spec }: Registration,
  groups: readonly FoundGroup[],
  own: readonly string[] = [],
): readonly GroupWithRoles[] {
  return groups.flatMap((group) => {
    const { name, users } = group.row;
    const members = new Set(users.map(({ username }) => username));
    const asked = spec.groups[group.index]?.serviceAccounts ?? [];
    if (own.includes(name) && asked.every(({ username }) => members.has(username))) return [];
    const roles = rolesOf(group);
    return roles.length === 0 ? [] : [{ name, roles }];
  });
}

/**
 * Of a registration in the input of a rotation or a deregistration: refused like that of a registration, unless it says no more than
 * the client's file, or than a run has registered.
 */
export async function refusedInline(
  deps: Deps,
  input: object,
  job: Pick<Job, 'client' | 'registration' | 'base'>,
): Promise<readonly RegistrarError[]> {
  const found = 'kind' in input || 'registration' in input ? inlineBreaches(deps.installation.policy) : [];
  return found.length === 0 || (await isKnown(deps, job)) ? [] : found.map(refusalOf);
}

async function isKnown(
  deps: Deps,
  { client, registration, base }: Pick<Job, 'client' | 'registration' | 'base'>,
): Promise<boolean> {
  const registered = await deps.runs.registeredAs(client);
  if (registered !== undefined && sameData(registered, registration)) return true;
  const file = await unlessRefused(() => loadRegistration(deps, { client }, client, base), 'BadInput');
  return file !== undefined && sameData(file, registration);
}

/** `registrar.yaml` may have become stricter while the run was on its way. Throws one `Refused` that names everything. */
export function assertStillAllowed(deps: Deps, job: Job): void {
  const found = breachesOf(deps.installation, job).map(refusalOf);
  if (found.length === 0) return;
  const remedies = new Set(found.map(({ remedy }) => remedy));
  const remedy = [...remedies].join(' ') + allowedTogether(found);
  throw refused('registration file', found.map(({ message }) => message).join('; '), remedy);
}

/** A job that was planned before there was a policy is judged by none; a removal asks for nothing. */
function breachesOf(
  installation: Deps['installation'],
  { registration, names, stood, removal }: Job,
): readonly Breach[] {
  if (stood === undefined || removal !== undefined) return [];
  return breaches({ registration, names, inline: stood.inline }, installation, stood);
}

export function refusalOf(breach: Breach): RegistrarError {
  const allow = allowLine(breach);
  return new RegistrarError({
    system: 'registration file',
    kind: 'Refused',
    message: `${breach.field}: ${breach.message}`,
    remedy:
      allow === undefined
        ? 'Correct the registration; no policy allows it.'
        : `Correct the registration, or have registrar.yaml allow it: ${allow}`,
    ...(breach.allow === undefined ? {} : { allow: breach.allow }),
  });
}
