import { MADE_FOR } from '../../core/authentik/renderBlueprint.ts';
import type { ToldFields } from '../../core/authentik/providerSettings.ts';
import { masked } from '../../core/masking/masked.ts';
import { FURTHER_FIELDS, type FieldBlock } from '../../core/registration/furtherFields.ts';
import type {
  ApplicationRow,
  ApplyTask,
  BindingRow,
  BlueprintFile,
  BlueprintInstance,
  GroupHead,
  GroupRow,
  ProviderState,
  UsedByRow,
  UserRow,
} from './authentik.ts';
import { secretIn } from './secretDialect.ts';
import { FLAG, KEY, listOf, needed, OBJECT, orNull, TEXT, told, WHOLE, type Row } from './shape.ts';

/** The provider. Its client_secret, which comes in clear, is not read: whether a secret is right only a test of it tells. */
export function toProvider(row: Row): ProviderState {
  return {
    pk: needed(row, 'pk', WHOLE),
    name: needed(row, 'name', TEXT),
    clientId: needed(row, 'client_id', TEXT),
    clientType: told(row, 'client_type', TEXT),
    authorizationFlow: told(row, 'authorization_flow', orNull(TEXT)),
    invalidationFlow: told(row, 'invalidation_flow', orNull(TEXT)),
    signingKey: told(row, 'signing_key', orNull(TEXT)),
    propertyMappings: told(row, 'property_mappings', listOf(TEXT)),
    redirectUris: told(row, 'redirect_uris', listOf(OBJECT))?.map((uri) => ({
      matchingMode: needed(uri, 'matching_mode', TEXT),
      url: needed(uri, 'url', TEXT),
      ...typeOf(told(uri, 'redirect_uri_type', orNull(TEXT))),
    })),
    grantTypes: told(row, 'grant_types', listOf(TEXT)),
    subMode: told(row, 'sub_mode', TEXT),
    includeClaimsInIdToken: told(row, 'include_claims_in_id_token', FLAG),
    applicationSlug: told(row, 'assigned_application_slug', orNull(TEXT)),
    secret: secretIn(row),
    further: furtherIn('provider', row),
  };
}

/** Values of a block's rows that are this client's alone. No text is an empty one, or none. */
function furtherIn(block: FieldBlock, row: Row): ToldFields {
  const own = FURTHER_FIELDS.filter((field) => field.block === block && field.ofAll === undefined);
  return Object.fromEntries(
    own.map(({ name, attribute, is }) => {
      const value = told<string | boolean | null>(row, attribute, is === 'flag' ? FLAG : orNull(TEXT));
      return [name, value === '' ? null : value] as const;
    }),
  );
}

function typeOf(type: string | null | undefined): { readonly type?: string } {
  return type === undefined || type === null || type === '' || type === 'authorization' ? {} : { type };
}

export function toApplication(row: Row): ApplicationRow {
  return {
    pk: needed(row, 'pk', TEXT),
    name: needed(row, 'name', TEXT),
    slug: needed(row, 'slug', TEXT),
    provider: needed(row, 'provider', orNull(WHOLE)),
    metaLaunchUrl: told(row, 'meta_launch_url', TEXT),
    policyEngineMode: told(row, 'policy_engine_mode', TEXT),
    further: furtherIn('launcher', row),
  };
}

export function toBinding(row: Row): BindingRow {
  const group = needed(row, 'group', orNull(TEXT));
  return {
    pk: needed(row, 'pk', TEXT),
    target: needed(row, 'target', TEXT),
    order: needed(row, 'order', WHOLE),
    enabled: needed(row, 'enabled', FLAG),
    negate: needed(row, 'negate', FLAG),
    timeout: told(row, 'timeout', WHOLE),
    failureResult: told(row, 'failure_result', FLAG),
    group: group === null ? null : { pk: group, name: needed(needed(row, 'group_obj', OBJECT), 'name', TEXT) },
    user: needed(row, 'user', orNull(WHOLE)),
    username: nameIn(row, 'user_obj', 'username'),
    policy: needed(row, 'policy', orNull(TEXT)),
    policyName: nameIn(row, 'policy_obj', 'name'),
    expiring: told(row, 'expiring', FLAG),
    expires: told(row, 'expires', orNull(TEXT)),
  };
}

/** A name in the object that an answer has beside a key. */
function nameIn(row: Row, field: string, name: string): string | undefined {
  const object = told(row, field, orNull(OBJECT)) ?? undefined;
  return object === undefined ? undefined : told(object, name, TEXT);
}

export function toGroupHead(row: Row): GroupHead {
  return {
    pk: needed(row, 'pk', TEXT),
    name: needed(row, 'name', TEXT),
    isSuperuser: needed(row, 'is_superuser', FLAG),
    parents: parentsOf(row),
    roles: rolesOf(row),
  };
}

/** By name where the answer has it, for a role's own page asks for a permission that the job does not need. */
function rolesOf(row: Row): readonly string[] | undefined {
  const named = new Map(
    told(row, 'roles_obj', orNull(listOf(OBJECT)))?.map((role) => [
      needed(role, 'pk', TEXT),
      needed(role, 'name', TEXT),
    ]),
  );
  return told(row, 'roles', listOf(TEXT))?.map((pk) => named.get(pk) ?? pk);
}

/** One parent at most before 2025.12. */
function parentsOf(row: Row): readonly string[] {
  if (row['parents'] !== undefined) return needed(row, 'parents', listOf(TEXT));
  const parent = needed(row, 'parent', orNull(TEXT));
  return parent === null ? [] : [parent];
}

/** With its members, which must have been asked for. */
export function toGroup(row: Row): GroupRow {
  return {
    ...toGroupHead(row),
    users: needed(row, 'users_obj', listOf(OBJECT)).map((user) => ({
      pk: needed(user, 'pk', WHOLE),
      username: needed(user, 'username', TEXT),
    })),
    ...madeFor(row),
  };
}

export function toUser(row: Row): UserRow {
  return {
    pk: needed(row, 'pk', WHOLE),
    username: needed(row, 'username', TEXT),
    name: needed(row, 'name', TEXT),
    type: told(row, 'type', TEXT),
    isActive: told(row, 'is_active', FLAG),
    groups: needed(row, 'groups', listOf(TEXT)),
    ...madeFor(row),
  };
}

function madeFor(row: Row): { readonly madeFor?: string } {
  const client = (row['attributes'] as Row | null | undefined)?.[MADE_FOR];
  return typeof client === 'string' ? { madeFor: client } : {};
}

export function toInstance(row: Row): BlueprintInstance {
  return {
    pk: needed(row, 'pk', TEXT),
    name: needed(row, 'name', TEXT),
    path: needed(row, 'path', TEXT),
    enabled: needed(row, 'enabled', FLAG),
    status: needed(row, 'status', TEXT),
    lastApplied: needed(row, 'last_applied', TEXT),
    lastAppliedHash: needed(row, 'last_applied_hash', TEXT),
  };
}

export function toFile(row: Row): BlueprintFile {
  const meta = told(row, 'meta', orNull(OBJECT)) ?? undefined;
  return {
    path: needed(row, 'path', TEXT),
    hash: needed(row, 'hash', TEXT),
    name: meta === undefined ? undefined : told(meta, 'name', TEXT),
  };
}

export function toTask(row: Row): ApplyTask {
  const status = told(row, 'aggregated_status', TEXT);
  return {
    id: needed(row, 'message_id', TEXT),
    state: needed(row, 'state', TEXT),
    warnings: toWarnings(row),
    worst: status === 'error' || status === 'warning' ? status : undefined,
  };
}

/** Only sentences: the attributes beside them hold every value of the blueprint, the client secret in clear. */
function toWarnings(row: Row): readonly string[] | undefined {
  return logsOf(row)
    ?.filter((log) => ['warning', 'error', 'critical'].includes(needed(log, 'log_level', TEXT)))
    .map((log) => masked(needed(log, 'event', TEXT), 'random'))
    .filter((event) => event !== '');
}

/** Logs of a task, of earlier tries first: a task that threw keeps its words there. Before 2025.12 they have another name. */
function logsOf(row: Row): readonly Row[] | undefined {
  const [earlier, logs] = [told(row, 'previous_logs', listOf(OBJECT)), told(row, 'logs', listOf(OBJECT))];
  return earlier === undefined || logs === undefined ? undefined : [...earlier, ...logs];
}

export function toUsedBy(row: Row): UsedByRow {
  return {
    app: needed(row, 'app', TEXT),
    model: needed(row, 'model_name', TEXT),
    pk: needed(row, 'pk', KEY),
    name: needed(row, 'name', TEXT),
    action: needed(row, 'action', TEXT),
  };
}
