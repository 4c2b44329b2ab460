import { isUnread } from '../../core/names/clientId.ts';
import { madeByAuthentik, type SecretObject } from '../../core/authentik/secretObject.ts';
import type { Names } from '../../core/names/names.ts';
import { RegistrarError, refused } from '../../core/base/errors.ts';
import type { Registration } from '../../core/registration/registration.ts';
import { bySection, isOfOthersToo } from '../../core/run/sectionOfJob.ts';
import type { Job, StateBefore } from '../../core/run/job.ts';
import type { MadeRow, TokenPermissions } from '../../integrations/authentik/authentik.ts';
import { type FoundGroup, oneInstance, superuserIn } from '../state/authentikState.ts';
import type { Deps } from '../deps.ts';
import { type Told, told } from './problems.ts';
import type { ExistingObjects, TokenVerdict } from './world.ts';

type Asked = Pick<Job, 'names' | 'registration'> & { readonly secretObject: SecretObject | undefined };

export async function readOccupied(deps: Deps, { names, registration, secretObject }: Asked): Promise<ExistingObjects> {
  const { groups } = registration.spec;
  const accounts = groups.flatMap((group) => group.serviceAccounts.map((account) => account.username));
  const found = <Row>(rows: readonly (Row | undefined)[]): Row[] => rows.filter((row) => row !== undefined);
  const foundGroups = found(await Promise.all(groups.map((group) => deps.authentik.group(group.name))));
  const foundUsers = found(await Promise.all(accounts.map((username) => deps.authentik.user(username))));
  const own = ({ madeFor }: MadeRow): boolean => madeFor === registration.metadata.name;
  return {
    application: await deps.authentik.application(names.slug),
    byName: await deps.authentik.providerByName(names.providerName),
    byClientId: await deps.authentik.providerByClientId(names.clientId),
    instance: await oneInstance(deps, names.blueprintPath),
    ...(names.further === undefined
      ? {}
      : { further: await Promise.all(names.further.map(({ blueprintPath }) => oneInstance(deps, blueprintPath))) }),
    ...(secretObject === undefined ? {} : { secrets: await secretsOf(deps, names, secretObject) }),
    groups: foundGroups.map((group) => group.name),
    users: foundUsers.map((user) => user.username),
    madeGroups: foundGroups.filter(own).map((group) => group.name),
    madeUsers: foundUsers.filter(own).map((user) => user.username),
  };
}

/** Objects that bear the name of what keeps the client's secret, or one that Authentik makes up by itself. */
async function secretsOf({ authentik }: Deps, { providerName }: Names, { name }: SecretObject) {
  const all = new Set([madeByAuthentik(providerName), ...(name === undefined ? [] : [name])]);
  return (await Promise.all([...all].map((each) => authentik.secretsNamed(each)))).flat();
}

/** A client's job as each of its sections sees it, with the instance of that section. */
export function byInstance<Of extends Pick<Job, 'names' | 'blueprint'>>(job: Of, occupied: ExistingObjects) {
  return bySection(job).map((part) => {
    const at = job.names.further?.findIndex(({ blueprintPath }) => blueprintPath === part.names.blueprintPath) ?? -1;
    return { part, instance: at === -1 ? occupied.instance : occupied.further?.[at] };
  });
}

/** The instances of all sections of a client. */
function instancesOf({ instance, further = [] }: ExistingObjects): readonly ExistingObjects['instance'][] {
  return [instance, ...further];
}

/** What the token may do to the instance of every section of a client: as much as it may to each. */
export async function permissionsOf({ authentik }: Deps, occupied: ExistingObjects): Promise<TokenPermissions> {
  const [first, ...others] = await Promise.all(instancesOf(occupied).map((each) => authentik.permissions(each?.pk)));
  const least = others.find(({ apply }) => apply === 'none') ?? others.find(({ apply }) => apply === 'instance');
  return {
    ...(first as TokenPermissions),
    ...(least === undefined || first?.apply === 'none' ? {} : { apply: least.apply }),
  };
}

export function stateBefore(
  occupied: ExistingObjects,
  held: Pick<StateBefore, 'vaultField' | 'clientIdField'>,
): StateBefore {
  return {
    known: true,
    ...held,
    instance: occupied.instance !== undefined,
    application: occupied.application !== undefined,
    provider: occupied.byName !== undefined,
    groups: occupied.groups,
    users: occupied.users,
    ...(occupied.secrets === undefined ? {} : { secrets: occupied.secrets.map(({ pk }) => pk) }),
  };
}

export const collision = (message: string, remedy: string) => refused('Authentik', message, remedy, 'Collision');

/**
 * An application slug or provider name that exists would be taken over in silence, a client id would fail the whole
 * apply: so none may be there, unless this is the client itself, made by hand.
 */
export function collisions(
  job: Pick<Job, 'names' | 'blueprint'>,
  occupied: ExistingObjects,
): readonly RegistrarError[] {
  const { names } = job;
  const { application, byName, byClientId, instance } = occupied;
  const found: RegistrarError[] = [];
  const taken = (message: string, remedy: string): unknown => found.push(collision(message, remedy));
  if (application !== undefined)
    taken(
      `application slug "${names.slug}" is taken by "${application.name}"; the blueprint would take it over`,
      'Choose another spec.slug, or remove that application.',
    );
  if (byName !== undefined)
    taken(
      `provider name "${byName.name}" is taken; the blueprint would take it over`,
      'Choose another spec.providerName (spec.displayName where absent), or remove that provider.',
    );
  if (byClientId !== undefined && byClientId.pk !== byName?.pk)
    taken(`client id "${names.clientId}" belongs to provider "${byClientId.name}"`, 'Choose another spec.clientId.');
  found.push(...occupied.users.map(accountExists));
  if (instance !== undefined && instance.status === 'successful' && !isOfOthersToo(job))
    taken(
      `blueprint instance "${instance.name}" has the path ${instance.path} already`,
      'Remove it, or wait until Authentik has: it is cleaned up within the hour.',
    );
  return found;
}

/** A blueprint changes an account that has the name of one that it makes. */
export function accountExists(username: string): RegistrarError {
  return collision(
    `user "${username}" exists; the blueprint would change it`,
    'Choose another user name for the service account.',
  );
}

/** The value of a client id that comes from a variable is what the provider has; without it consumers would get none. */
export function unreadClientId(names: Names, { byName }: ExistingObjects): readonly RegistrarError[] {
  if (!isUnread(names)) return [];
  const why =
    byName === undefined
      ? `Authentik has no provider "${names.providerName}"`
      : `provider "${names.providerName}" has one that no template could hold`;
  return [
    refused(
      'Authentik',
      `spec.clientId: the client id of variable ${names.clientIdVar} cannot be read: ${why}`,
      'Have Authentik apply its blueprint first, or correct spec.providerName or the variable; or write the client id as text.',
    ),
  ];
}

/** A second file of the same metadata.name gets no instance, and files after it get none either. */
export async function blueprintNameTaken(
  deps: Deps,
  { names }: Pick<Job, 'names'>,
): Promise<readonly RegistrarError[]> {
  const { blueprintName: name, blueprintPath } = names;
  const rows = (await deps.authentik.instancesByName(name)).filter((row) => row.path !== blueprintPath);
  const files = (await deps.authentik.available()).filter((file) => file.name === name && file.path !== blueprintPath);
  const taken = [...rows, ...files].map((row) => row.path);
  if (taken.length === 0) return [];
  return [
    collision(
      `blueprint name "${name}" is taken by ${[...new Set(taken)].join(', ')}`,
      'Choose another displayName or naming.blueprintName.',
    ),
  ];
}

/**
 * The blueprint adds service accounts to a group that exists: where its members are superusers, the job would hand out every
 * right there is. A superuser group under `access.groups` is another matter: it lets its members sign in and adds nobody.
 */
export function superusers({ spec }: Registration, groups: readonly FoundGroup[]): readonly RegistrarError[] {
  return groups.flatMap(({ index, row: { name }, line }) => {
    const by = superuserIn(line);
    if (by === undefined) return [];
    const accounts = spec.groups[index]?.serviceAccounts.map(({ username }) => username).join(', ') ?? '';
    return [
      refused(
        'Authentik',
        `spec.groups.${index}: members of group "${name}" are superusers of Authentik` +
          `${by === name ? '' : `, by group "${by}" above it`}${accounts === '' ? '' : `, and so would be ${accounts}`}`,
        `Take the superuser status from group "${by}". Or name another group there; to let its members sign in, name "${name}" under spec.access.groups alone.`,
      ),
    ];
  });
}

/** Ends of access that are past; `now` in milliseconds. */
export function alreadyEnded({ bindings }: Pick<Job['wanted'], 'bindings'>, now: number): readonly RegistrarError[] {
  return bindings.flatMap(({ group, until }) =>
    typeof until !== 'string' || Date.parse(until) > now
      ? []
      : [
          refused(
            'registration file',
            `spec.access.until: the access of ${group} ended on ${until}`,
            'Give a later time, or take it out of spec.access.',
          ),
        ],
  );
}

export function missing(what: string, names: readonly string[]): RegistrarError {
  const remedy = 'Give its role these permissions, globally (see docs/reference/permissions.md).';
  return refused('Authentik', `the token lacks ${names.join(', ')}, which ${what}`, remedy, 'Unauthorized');
}

/** Of the permissions that a change may need those about this model which are missing, as far as Authentik tells. */
export function lackingToChange(
  permissions: Told<TokenPermissions>,
  model: 'policybinding' | 'blueprintinstance',
): readonly string[] {
  return (told(permissions).missingChange ?? []).filter((name) => name.endsWith(`_${model}`));
}

/** Whether the token can read what preflight is about to read, and whether discovery works at all. Throws. */
export async function checkReading(deps: Deps): Promise<void> {
  assertReads(await deps.authentik.permissions(undefined));
  await assertDiscovers(deps);
}

/** Whether Authentik takes up new blueprint files. Throws `Refused`. */
export async function assertDiscovers(deps: Deps): Promise<void> {
  // A single bad file stops discovery of every new one, and may break the list of files as well.
  const broken = await deps.authentik.discoveryWarnings();
  if (broken === undefined || broken.length === 0) return;
  throw refused(
    'Authentik',
    `Authentik's discovery of blueprints is broken: ${broken.join(' / ')}`,
    'Mend or remove the blueprint file that it names; it takes up no new file until then.',
  );
}

/** Throws `Unauthorized` where the token may not read back. */
export function assertReads({ missingView }: TokenPermissions): void {
  if (missingView.length > 0) throw missing('reading back needs', missingView);
}

/** Throws `Unauthorized` where the token may not delete what an undo has to. */
export function assertUndoes(
  { installation }: Pick<Deps, 'installation'>,
  { missingDelete = [] }: TokenPermissions,
): void {
  if (installation.authentik.undo === 'delete' && missingDelete.length > 0)
    throw missing('an undo needs (or set authentik.undo: keep in registrar.yaml)', missingDelete);
}

/** An undo deletes groups that the run made, and a change those that it no longer asks for. */
export function mayDeleteAccounts(
  { installation }: Pick<Deps, 'installation'>,
  { registration, before: { values } }: Job,
): boolean {
  const dropped = [...(values?.dropped.groups ?? []), ...(values?.dropped.users ?? [])];
  return installation.authentik.undo === 'delete' && registration.spec.groups.length + dropped.length > 0;
}

/**
 * Whether Authentik can be asked who uses a group or an account, as an undo and a deregistration do before they delete one.
 * `asks`: there is one. Throws `Unauthorized`.
 */
export async function checkUsedBy(deps: Deps, asks: boolean): Promise<void> {
  const lacking = asks ? await deps.authentik.lackingForUsedBy() : [];
  if (lacking.length > 0)
    throw missing('Authentik needs to tell who uses a group or an account before one is deleted', lacking);
}

/** Whether the token can undo this, and whether it may apply or must leave that to discovery. Throws `Unauthorized`. */
export function verdictOf(
  deps: Pick<Deps, 'installation'>,
  permissions: TokenPermissions,
  occupied: ExistingObjects,
): TokenVerdict {
  assertUndoes(deps, permissions);
  const unknown = permissions.missingDelete === undefined && deps.installation.authentik.undo === 'delete';
  const warnings = unknown
    ? ['the token does not tell whether it may delete; what an undo cannot delete will be listed']
    : [];
  const mayApply =
    permissions.apply === 'global' ||
    (permissions.apply === 'instance' && instancesOf(occupied).every((each) => each !== undefined));
  if (mayApply) return { mode: 'apply', warnings };
  const discovery = 'the token may not apply blueprints: discovery mode, Authentik applies the file by itself';
  return { mode: 'discovery', warnings: [...warnings, discovery] };
}
