import { Secret } from '../../core/secret.ts';
import type {
  ApplicationRow,
  ApplyTask,
  BindingRow,
  BlueprintFile,
  BlueprintInstance,
  GroupRow,
  ProviderState,
  UsedByRow,
  UserRow,
} from './authentik.ts';
import { masked } from './masked.ts';

/** A row as Authentik answers it. The generated models lose microseconds and unknown fields, so rows are read raw. */
export type Row = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const rows = (value: unknown): readonly Row[] => (Array.isArray(value) ? (value as Row[]) : []);
const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

/** The provider; its client_secret comes in clear and is wrapped at once. */
export function toProvider(row: Row): ProviderState {
  return {
    pk: Number(row['pk']),
    name: text(row['name']),
    clientId: text(row['client_id']),
    clientSecret: new Secret(text(row['client_secret'])),
    clientType: text(row['client_type']),
    authorizationFlow: textOrNull(row['authorization_flow']),
    invalidationFlow: textOrNull(row['invalidation_flow']),
    signingKey: textOrNull(row['signing_key']),
    propertyMappings: texts(row['property_mappings']),
    redirectUris: rows(row['redirect_uris']).map((uri) => ({
      matchingMode: text(uri['matching_mode']),
      url: text(uri['url']),
      ...typeOf(uri['redirect_uri_type']),
    })),
    grantTypes: Array.isArray(row['grant_types']) ? texts(row['grant_types']) : undefined,
    subMode: text(row['sub_mode']),
    includeClaimsInIdToken: row['include_claims_in_id_token'] === true,
    applicationSlug: textOrNull(row['assigned_application_slug']),
  };
}

function typeOf(type: unknown): { readonly type?: string } {
  return type === undefined || type === null || type === '' || type === 'authorization' ? {} : { type: text(type) };
}

export function toApplication(row: Row): ApplicationRow {
  return {
    pk: text(row['pk']),
    name: text(row['name']),
    slug: text(row['slug']),
    provider: typeof row['provider'] === 'number' ? row['provider'] : null,
    metaLaunchUrl: text(row['meta_launch_url']),
    policyEngineMode: text(row['policy_engine_mode']),
  };
}

export function toBinding(row: Row): BindingRow {
  const group = row['group_obj'] as Row | null | undefined;
  return {
    pk: text(row['pk']),
    target: text(row['target']),
    order: Number(row['order']),
    enabled: row['enabled'] === true,
    negate: row['negate'] === true,
    group: group === null || group === undefined ? null : { pk: text(group['pk']), name: text(group['name']) },
    user: typeof row['user'] === 'number' ? row['user'] : null,
    policy: textOrNull(row['policy']),
  };
}

export function toGroup(row: Row): GroupRow {
  return {
    pk: text(row['pk']),
    name: text(row['name']),
    isSuperuser: row['is_superuser'] === true,
    parents: [...texts(row['parents']), ...(typeof row['parent'] === 'string' ? [row['parent']] : [])],
    users: rows(row['users_obj']).map((user) => ({ pk: Number(user['pk']), username: text(user['username']) })),
  };
}

export function toUser(row: Row): UserRow {
  return {
    pk: Number(row['pk']),
    username: text(row['username']),
    name: text(row['name']),
    type: text(row['type']),
    isActive: row['is_active'] === true,
    groups: texts(row['groups']),
  };
}

export function toInstance(row: Row): BlueprintInstance {
  return {
    pk: text(row['pk']),
    name: text(row['name']),
    path: text(row['path']),
    enabled: row['enabled'] === true,
    status: text(row['status']),
    lastApplied: text(row['last_applied']),
    lastAppliedHash: text(row['last_applied_hash']),
  };
}

export function toFile(row: Row): BlueprintFile {
  const meta = row['meta'] as Row | null | undefined;
  return {
    path: text(row['path']),
    hash: text(row['hash']),
    name: typeof meta?.['name'] === 'string' ? meta['name'] : undefined,
  };
}

/** Only sentences: the attributes beside them hold every value of the blueprint, the client secret in clear. */
export function toTask(row: Row): ApplyTask {
  const logs = logsOf(row);
  const queued = logs.find((log) => log['event'] === 'Task has been queued');
  return {
    id: text(row['message_id']),
    state: text(row['state']),
    queuedAt: queued === undefined ? undefined : text(queued['timestamp']),
    warnings: warningsOf(logs),
  };
}

export function warningsOf(logs: readonly Row[]): readonly string[] {
  return logs
    .filter((log) => ['warning', 'error', 'critical'].includes(text(log['log_level'])))
    .map((log) => masked(text(log['event'])))
    .filter((event) => event !== '');
}

/** Logs of a task, of earlier tries first: a task that threw keeps its words there. */
export function logsOf(row: Row): readonly Row[] {
  return [...rows(row['previous_logs']), ...rows(row['logs'])];
}

export function toUsedBy(row: Row): UsedByRow {
  return {
    app: text(row['app']),
    model: text(row['model_name']),
    pk: String(row['pk']),
    name: text(row['name']),
    action: text(row['action']),
  };
}
