import { type End, instantOf } from '../../core/authentik/endOfAccess.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { ToldFields } from '../../core/authentik/providerSettings.ts';
import { boundLabel } from '../../core/registration/boundTo.ts';
import { FURTHER_FIELDS, mappingLabel } from '../../core/registration/furtherFields.ts';
import type { Registration } from '../../core/registration/registration.ts';
import type { Job } from '../../core/run/job.ts';
import type { BindingData } from '../../core/authentik/bindings.ts';
import type { FoundState, GroupData, WantedState } from '../../core/authentik/wantedState.ts';
import type {
  ApplicationRow,
  BindingRow,
  BlueprintInstance,
  FindModel,
  GroupHead,
  GroupRow,
  ProviderState,
} from '../../integrations/authentik/authentik.ts';
import type { Deps } from '../deps.ts';

/** The one instance of a path; never by name alone. Throws `Collision` where two rows share the path. */
export async function oneInstance(deps: Deps, path: string): Promise<BlueprintInstance | undefined> {
  const rows = await deps.authentik.instancesByPath(path);
  if (rows.length <= 1) return rows[0];
  throw new RegistrarError({
    system: 'Authentik',
    kind: 'Collision',
    message: `${rows.length} blueprint instances have the path ${path}: ${rows.map((row) => `"${row.name}"`).join(', ')}`,
    remedy: 'Delete all but one of them in the admin interface, Customization > Blueprints.',
  });
}

/** The one object that a `!Find` must resolve to: no match can silently weaken a provider (no signing key means HS256). */
export async function findOne(deps: Deps, model: FindModel, key: string): Promise<string> {
  const found = await deps.authentik.find(model, key);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new RegistrarError({
    system: 'Authentik',
    kind: found.length === 0 ? 'NotFound' : 'Collision',
    message: `${found.length === 0 ? 'no' : String(found.length)} ${model} named "${key}" in Authentik; the blueprint needs exactly one`,
    remedy: `Create or rename it in Authentik, or name another one in the registration or in registrar.yaml (${model}).`,
  });
}

/** A group that a registration names and that is there. */
export interface FoundGroup {
  /** Place of the group in `spec.groups`. */
  readonly index: number;
  readonly row: GroupRow;
  /** Itself and every group above it: of these its members have roles and rights. */
  readonly line: readonly GroupHead[];
}

/** The groups of a registration that are there. */
export async function readGroups(deps: Deps, { spec }: Registration): Promise<readonly FoundGroup[]> {
  const found: FoundGroup[] = [];
  for (const [index, { name }] of spec.groups.entries()) {
    const row = await deps.authentik.group(name);
    if (row !== undefined) found.push({ index, row, line: await withAncestors(deps, row) });
  }
  return found;
}

/**
 * The group by which members of one are superusers: itself, or one above it, for Authentik counts every ancestor
 * (`User.is_superuser` looks at `all_groups()`). Undefined where there is none.
 */
export function superuserIn(line: readonly GroupHead[]): string | undefined {
  return line.find(({ isSuperuser }) => isSuperuser)?.name;
}

/**
 * The roles that members of a group have by it, or by one above it, as `role "operator" (by group "staff")`. What a role permits is
 * not asked: that takes a permission (`view_role`) by which the token would see every role's.
 */
export function rolesOf({ row, line }: FoundGroup): readonly string[] {
  return line.flatMap(({ pk, name, roles }) => {
    const by = pk === row.pk ? '' : ` (by group "${name}" above it)`;
    return (roles?.map((role) => `role "${role}"`) ?? ['roles that Authentik does not tell']).map((role) => role + by);
  });
}

/** A group and every one above it. */
async function withAncestors(deps: Deps, group: GroupHead): Promise<readonly GroupHead[]> {
  const found = new Map([[group.pk, group]]);
  const open = [group];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const pk of next.parents.filter((parent) => !found.has(parent))) {
      const parent = await deps.authentik.groupByPk(pk);
      if (parent === undefined) continue;
      found.set(pk, parent);
      open.push(parent);
    }
  }
  return [...found.values()];
}

/** What Authentik holds of this client now, for the exact-set comparison; no secret in it. */
export async function readFound(deps: Deps, job: Pick<Job, 'names' | 'registration' | 'wanted'>): Promise<FoundState> {
  const { authentik } = deps;
  const { groups } = job.registration.spec;
  const application = await authentik.application(job.names.slug);
  const provider = await providerOf(deps, job, application);
  const bindings = application === undefined ? [] : await authentik.bindings(application.pk);
  const foundGroups = await Promise.all(groups.map((group) => authentik.group(group.name)));
  const usernames = groups.flatMap((group) => group.serviceAccounts.map((account) => account.username));
  const foundUsers = await Promise.all(usernames.map((username) => authentik.user(username)));
  return {
    application: application === undefined ? undefined : applicationData(application, provider),
    provider: provider === undefined ? undefined : await providerData(deps, job.wanted, provider),
    bindings: bindings.map(bindingData),
    groups: await Promise.all(
      foundGroups.filter((group) => group !== undefined).map(async (group) => groupData(deps, group)),
    ),
    users: foundUsers
      .filter((user) => user !== undefined)
      .map(({ username, name, type, isActive }) => ({ username, name, type, isActive })),
  };
}

async function providerOf(
  deps: Deps,
  job: Pick<Job, 'names'>,
  application: ApplicationRow | undefined,
): Promise<ProviderState | undefined> {
  if (application?.provider !== undefined && application.provider !== null) {
    return deps.authentik.providerByPk(application.provider);
  }
  return deps.authentik.providerByName(job.names.providerName);
}

function applicationData(
  application: ApplicationRow,
  provider: ProviderState | undefined,
): NonNullable<FoundState['application']> {
  const { name, slug, metaLaunchUrl, policyEngineMode } = application;
  return {
    name,
    slug,
    launchUrl: metaLaunchUrl,
    policyEngineMode,
    linked: provider !== undefined && application.provider === provider.pk,
    further: application.further,
  };
}

/** Rows of a provider that name an object. */
const REFERENCES = FURTHER_FIELDS.flatMap(({ block, name, is }) =>
  block === 'provider' && (is === 'flow' || is === 'certificate') ? [{ name, is }] : [],
);

/** pks become the names that were asked for, where they are theirs: only so can the two be compared. */
async function providerData(
  deps: Deps,
  wanted: WantedState,
  found: ProviderState,
): Promise<NonNullable<FoundState['provider']>> {
  type Key = string | null | undefined;
  const named = async (model: FindModel, key: string | null, pk: Key): Promise<Key> =>
    typeof pk === 'string' && key !== null && (await deps.authentik.find(model, key)).includes(pk) ? key : pk;
  const further: Record<string, ToldFields[string]> = { ...found.further };
  for (const { name, is } of REFERENCES) {
    const asked = wanted.provider.further?.[name];
    if (typeof asked === 'string') further[name] = await named(is, asked, found.further[name] as Key);
  }
  const scopes = new Map<string, string>();
  for (const scope of wanted.provider.scopes) {
    for (const pk of await deps.authentik.find('scopeMapping', scope)) scopes.set(pk, scope);
  }
  for (const name of wanted.provider.mappings ?? []) {
    for (const pk of await deps.authentik.find('namedMapping', name)) scopes.set(pk, mappingLabel(name));
  }
  return {
    name: found.name,
    clientId: found.clientId,
    clientType: found.clientType,
    authorizationFlow: await named('flow', wanted.provider.authorizationFlow, found.authorizationFlow),
    invalidationFlow: await named('flow', wanted.provider.invalidationFlow, found.invalidationFlow),
    signingKey: await named('certificate', wanted.provider.signingKey, found.signingKey),
    scopes: found.propertyMappings?.map((pk) => scopes.get(pk) ?? pk),
    redirectUris: found.redirectUris,
    subMode: found.subMode,
    includeClaimsInIdToken: found.includeClaimsInIdToken,
    grantTypes: found.grantTypes,
    applicationSlug: found.applicationSlug,
    secret: await secretName(deps, wanted, found),
    further,
  };
}

/** Name of the object that keeps its secret, where one is asked for; its key where it is no longer there. */
async function secretName(
  deps: Deps,
  wanted: WantedState,
  { secret }: ProviderState,
): Promise<string | null | undefined> {
  if (wanted.provider.secret === undefined || typeof secret !== 'string') return secret;
  return (await deps.authentik.secretByPk(secret))?.name ?? secret;
}

/** What a binding is to, as a registration's is called; by its key where Authentik does not tell the name. */
export function boundTo({ group, user, username, policy, policyName }: BindingRow): string {
  if (group !== null) return boundLabel({ kind: 'group', name: group.name });
  if (user !== null) return username === undefined ? `user ${user}` : boundLabel({ kind: 'user', name: username });
  return policyName === undefined ? `policy ${policy}` : boundLabel({ kind: 'policy', name: policyName });
}

/** When a binding ends; undefined where it does and Authentik does not tell when. */
export function endOf({ expiring, expires }: Pick<BindingRow, 'expiring' | 'expires'>): End | undefined {
  if (expiring !== true) return null;
  return typeof expires === 'string' ? instantOf(expires) : undefined;
}

function bindingData(row: BindingRow): BindingData {
  const { order, enabled, negate, expiring, expires } = row;
  const until =
    expiring === true && typeof expires === 'string' ? instantOf(expires) : expiring === undefined ? undefined : null;
  return { order, group: boundTo(row), enabled, negate, until };
}

async function groupData(deps: Deps, row: GroupRow): Promise<GroupData> {
  const isSuperuser = superuserIn(await withAncestors(deps, row)) !== undefined;
  return { name: row.name, isSuperuser, members: row.users.map((user) => user.username) };
}
