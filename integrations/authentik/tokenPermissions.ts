import { RegistrarError } from '../../core/base/errors.ts';
import type { TokenPermissions } from './authentik.ts';
import { isForbidden, row, type Connection, type Reader, type Request } from './connection.ts';
import { secretDialect } from './secretDialect.ts';
import { FLAG, listOf, needed, OBJECT, TEXT, told, type Row } from './shape.ts';

/** To read back a client, to resolve every `!Find`, and to see who else uses what an undo would delete. */
const VIEW = [
  'authentik_blueprints.view_blueprintinstance',
  'authentik_providers_oauth2.view_oauth2provider',
  'authentik_core.view_application',
  'authentik_policies.view_policybinding',
  'authentik_core.view_group',
  'authentik_core.view_user',
  'authentik_core.view_token',
  'authentik_tasks.view_task',
  'authentik_flows.view_flow',
  'authentik_crypto.view_certificatekeypair',
  'authentik_providers_oauth2.view_scopemapping',
];

const DELETE = [
  'authentik_core.delete_application',
  'authentik_providers_oauth2.delete_oauth2provider',
  'authentik_core.delete_group',
  'authentik_core.delete_user',
  'authentik_blueprints.delete_blueprintinstance',
];

/** To delete bindings that a registration no longer asks for, and to enable an instance that somebody disabled. */
const CHANGE = ['authentik_policies.delete_policybinding', 'authentik_blueprints.change_blueprintinstance'];

const APPLY = 'authentik_blueprints.add_blueprintinstance';

/**
 * What the token may do. Authentik tells every token which roles its user has, and which permissions a role has globally.
 * Where it does not (before 2025.12) lists and a creation that must fail are tried instead, and what may be deleted stays
 * unknown. A permission held otherwise than by a role (possible before 2026.2) is not seen: that errs on the safe side.
 */
export async function tokenPermissions(
  connection: Connection,
  instancePk: string | undefined,
): Promise<TokenPermissions> {
  const core = new connection.library.CoreApi(connection.configuration);
  const { isSuperuser, roles } = await connection.json(
    "read the token's user",
    () => core.coreUsersMeRetrieveRaw(),
    ME,
  );
  if (isSuperuser) return { missingView: [], apply: 'global', missingDelete: [], missingChange: [] };
  const granted = roles === undefined ? undefined : await grantedTo(connection, roles);
  if (roles === undefined || granted === undefined) return probed(connection);
  // What shows their values is never needed, and each look would be an event.
  const app = (await secretDialect(connection))?.app;
  const ofSecrets = (verb: string): readonly string[] => (app === undefined ? [] : [`${app}.${verb}_secret`]);
  return {
    missingView: [...VIEW, ...ofSecrets('view')].filter((name) => !granted.has(name)),
    apply: granted.has(APPLY) ? 'global' : await applyOf(connection, roles, granted, instancePk),
    missingDelete: [...DELETE, ...ofSecrets('delete')].filter((name) => !granted.has(name)),
    missingChange: CHANGE.filter((name) => !granted.has(name)),
  };
}

/** Which of these permissions the token does not have globally; undefined where Authentik does not tell. */
export async function lackingOf(
  connection: Connection,
  names: readonly string[],
): Promise<readonly string[] | undefined> {
  const core = new connection.library.CoreApi(connection.configuration);
  const { isSuperuser, roles } = await connection.json(
    "read the token's user",
    () => core.coreUsersMeRetrieveRaw(),
    ME,
  );
  if (isSuperuser) return [];
  const granted = roles === undefined ? undefined : await grantedTo(connection, roles);
  return granted && names.filter((name) => !granted.has(name));
}

/**
 * Asks for what takes a permission. A refusal says that it is missing only where Authentik tells so: an expired token and a proxy are
 * answered in the same way.
 */
export async function provingRefusals<T>(
  connection: Connection,
  permission: string,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof RegistrarError) || !isForbidden(error)) throw error;
    const lacking = await lackingOf(connection, [permission]);
    if (lacking === undefined || lacking.length === 0) throw error;
    const { system, kind, status = 403, remedy } = error;
    const message = `${error.message.replace(/\.$/, '')}; the token lacks ${permission}`;
    throw new RegistrarError({ system, kind, status, remedy, lacking, message });
  }
}

interface Me {
  readonly isSuperuser: boolean;
  /** pks, those of its groups included. Since 2025.12. */
  readonly roles: readonly string[] | undefined;
}

const ME: Reader<Me> = row((found) => {
  const user = needed(found, 'user', OBJECT);
  return {
    isSuperuser: needed(user, 'is_superuser', FLAG),
    roles: told(user, 'roles', listOf(OBJECT))?.map((role) => needed(role, 'pk', TEXT)),
  };
});

/** What these roles grant globally; undefined where Authentik does not tell. */
async function grantedTo(connection: Connection, roles: readonly string[]): Promise<ReadonlySet<string> | undefined> {
  const rbac = new connection.library.RbacApi(connection.configuration);
  const granted = new Set<string>();
  for (const role of roles) {
    const names = await unlessHidden(() =>
      connection.all(
        'read the permissions of a role',
        (page) => rbac.rbacPermissionsListRaw({ role, ...page }),
        (found) => `${needed(found, 'app_label', TEXT)}.${needed(found, 'codename', TEXT)}`,
      ),
    );
    if (names === undefined) return undefined;
    for (const name of names) granted.add(name);
  }
  return granted;
}

/**
 * Whether a role may apply this one instance. Authentik shows permissions on objects only to who may view the role
 * (`view_role`, granted on the role itself is enough); otherwise it counts as not allowed, and discovery does the work.
 */
async function applyOf(
  connection: Connection,
  roles: readonly string[],
  granted: ReadonlySet<string>,
  instancePk: string | undefined,
): Promise<'instance' | 'none'> {
  if (instancePk === undefined) return 'none';
  const { RbacApi, ModelEnum } = connection.library;
  const rbac = new RbacApi(connection.configuration);
  const model = ModelEnum.AuthentikBlueprintsBlueprintinstance;
  const assigned = await unlessHidden(() =>
    connection.all(
      'read the permissions on the blueprint instance',
      (page) => rbac.rbacPermissionsAssignedByRolesListRaw({ model, objectPk: instancePk, ...page }),
      toAssigned,
    ),
  );
  const permissions = (assigned ?? [])
    .filter(({ role }) => roles.includes(role))
    .flatMap(({ onObjects }) => onObjects)
    .filter(({ object }) => object === instancePk);
  const onInstance = new Set(permissions.map(({ codename }) => codename));
  const mayView =
    granted.has('authentik_blueprints.view_blueprintinstance') || onInstance.has('view_blueprintinstance');
  return mayView && onInstance.has('add_blueprintinstance') ? 'instance' : 'none';
}

function toAssigned(found: Row) {
  return {
    role: needed(found, 'role_pk', TEXT),
    onObjects: needed(found, 'object_permissions', listOf(OBJECT)).map((permission) => ({
      object: needed(permission, 'object_pk', TEXT),
      codename: needed(permission, 'codename', TEXT),
    })),
  };
}

async function unlessHidden<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isForbidden(error) || (error instanceof RegistrarError && error.kind === 'NotFound')) return undefined;
    throw error;
  }
}

/** A page of rows: only one tells that they may be seen. */
const ROWS: Reader<unknown> = row((found) => needed(found, 'results', listOf(OBJECT)));

/** By trying: a list of which the token may see nothing is answered 403. */
async function probed(connection: Connection): Promise<TokenPermissions> {
  const { library, configuration } = connection;
  const core = new library.CoreApi(configuration);
  const page = { page: 1, pageSize: 1 };
  const probes: Readonly<Record<string, Request>> = {
    'authentik_blueprints.view_blueprintinstance': () =>
      new library.ManagedApi(configuration).managedBlueprintsListRaw(page),
    'authentik_providers_oauth2.view_oauth2provider': () =>
      new library.ProvidersApi(configuration).providersOauth2ListRaw(page),
    // The list of applications asks for no permission; a single one does, before it looks whether it exists.
    'authentik_core.view_application': () => core.coreApplicationsRetrieveRaw({ slug: 'no-such-application' }),
    'authentik_policies.view_policybinding': () => new library.PoliciesApi(configuration).policiesBindingsListRaw(page),
    'authentik_core.view_group': () => core.coreGroupsListRaw(page),
    'authentik_core.view_user': () => core.coreUsersListRaw(page),
    'authentik_tasks.view_task': () => new library.TasksApi(configuration).tasksTasksListRaw(page),
    'authentik_flows.view_flow': () => new library.FlowsApi(configuration).flowsInstancesListRaw(page),
    'authentik_crypto.view_certificatekeypair': () =>
      new library.CryptoApi(configuration).cryptoCertificatekeypairsListRaw(page),
    'authentik_providers_oauth2.view_scopemapping': () =>
      new library.PropertymappingsApi(configuration).propertymappingsProviderScopeListRaw(page),
  };
  const missingView: string[] = [];
  for (const [name, probe] of Object.entries(probes)) {
    if (!(await isAllowed(() => connection.optional(`look with ${name}`, probe, ROWS)))) missingView.push(name);
  }
  return {
    missingView,
    apply: (await mayCreate(connection)) ? 'global' : 'none',
    missingDelete: undefined,
    missingChange: undefined,
  };
}

/**
 * An instance without a name is refused for its fields where the token may add one, and with 403 where it may not: the
 * permission is looked at first. Nothing is made either way.
 */
async function mayCreate(connection: Connection): Promise<boolean> {
  const managed = new connection.library.ManagedApi(connection.configuration);
  const nameless = { blueprintInstanceRequest: { name: '', path: '' } };
  return isAllowed(async () => {
    try {
      await connection.json(`look with ${APPLY}`, () => managed.managedBlueprintsCreateRaw(nameless), row(Boolean));
    } catch (error) {
      if (!(error instanceof RegistrarError) || error.status !== 400) throw error;
    }
  });
}

async function isAllowed(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (isForbidden(error)) return false;
    throw error;
  }
}
