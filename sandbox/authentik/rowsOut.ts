import { createHash } from 'node:crypto';
import type { Application, Binding, Group, Instance, Provider, Rows, User } from './state.ts';
import type { Task } from './worker.ts';

/** Rows as the API words them; recorded shapes of 2026.2 and 2026.5. */
export interface Version {
  /** As `2026.5.0`. */
  readonly text: string;
  /** `grant_types` and `redirect_uri_type` exist since 2026.5. */
  readonly has2026_5: boolean;
}

export function versionOf(text: string): Version {
  const [year = 0, month = 0] = text.split('.').map(Number);
  return { text, has2026_5: year > 2026 || (year === 2026 && month >= 5) };
}

export function instanceOut(row: Instance): unknown {
  const { pk, name, path, last_applied, last_applied_hash, status, enabled, metadata, content } = row;
  return {
    pk,
    name,
    path,
    context: {},
    last_applied,
    last_applied_hash,
    status,
    enabled,
    managed_models: [],
    metadata,
    content,
  };
}

function providerHead(row: Provider, rows: Rows) {
  const application = rows.applications.find((candidate) => candidate.provider === row.pk);
  return {
    pk: row.pk,
    name: row.name,
    authentication_flow: null,
    authorization_flow: row.authorization_flow,
    invalidation_flow: row.invalidation_flow,
    property_mappings: row.property_mappings,
    component: 'ak-provider-oauth2-form',
    assigned_application_slug: application?.slug ?? null,
    assigned_application_name: application?.name ?? null,
    assigned_backchannel_application_slug: null,
    assigned_backchannel_application_name: null,
    verbose_name: 'OAuth2/OpenID Provider',
    verbose_name_plural: 'OAuth2/OpenID Providers',
    meta_model_name: 'authentik_providers_oauth2.oauth2provider',
  };
}

export function providerOut(row: Provider, rows: Rows, version: Version): unknown {
  return {
    ...providerHead(row, rows),
    client_type: row.client_type,
    ...(version.has2026_5 ? { grant_types: row.grant_types } : {}),
    client_id: row.client_id,
    client_secret: row.client_secret,
    access_code_validity: 'minutes=1',
    access_token_validity: 'hours=1',
    refresh_token_validity: 'days=30',
    refresh_token_threshold: 'seconds=0',
    include_claims_in_id_token: row.include_claims_in_id_token,
    signing_key: row.signing_key,
    encryption_key: null,
    redirect_uris: row.redirect_uris.map((uri) =>
      version.has2026_5 ? { ...uri, redirect_uri_type: 'authorization' } : uri,
    ),
    logout_uri: '',
    logout_method: 'backchannel',
    sub_mode: row.sub_mode,
    issuer_mode: 'per_provider',
    jwt_federation_sources: [],
    jwt_federation_providers: [],
  };
}

export function applicationOut(row: Application, rows: Rows): unknown {
  const provider = rows.providers.find((candidate) => candidate.pk === row.provider);
  const [uri] = provider?.redirect_uris ?? [];
  return {
    pk: row.pk,
    name: row.name,
    slug: row.slug,
    provider: row.provider,
    provider_obj: provider === undefined ? null : providerHead(provider, rows),
    backchannel_providers: [],
    backchannel_providers_obj: [],
    launch_url: row.meta_launch_url || (uri === undefined ? null : new URL(uri.url).origin),
    open_in_new_tab: false,
    meta_launch_url: row.meta_launch_url,
    meta_icon: '',
    meta_icon_url: null,
    meta_icon_themed_urls: null,
    meta_description: '',
    meta_publisher: '',
    policy_engine_mode: row.policy_engine_mode,
    group: '',
  };
}

function groupHead(row: Group) {
  return {
    pk: row.pk,
    num_pk: Number.parseInt(row.pk.slice(0, 4), 16),
    name: row.name,
    is_superuser: row.is_superuser,
    attributes: {},
  };
}

function uid(user: User): string {
  return createHash('sha256').update(user.username).digest('hex');
}

export function groupOut(row: Group, rows: Rows, includeUsers: boolean): unknown {
  const members = rows.users.filter((user) => user.groups.includes(row.pk));
  const { attributes, ...head } = groupHead(row);
  return {
    ...head,
    parents: [],
    parents_obj: null,
    users: members.map((user) => user.pk),
    users_obj: includeUsers
      ? members.map((user) => ({
          pk: user.pk,
          username: user.username,
          name: user.name,
          is_active: user.is_active,
          last_login: null,
          email: '',
          attributes: {},
          uid: uid(user),
        }))
      : null,
    attributes,
    roles: [],
    roles_obj: [],
    inherited_roles_obj: null,
    children: [],
    children_obj: null,
  };
}

export function userOut(row: User, rows: Rows): unknown {
  const groups = rows.groups.filter((group) => row.groups.includes(group.pk));
  const made = '2026-01-01T00:00:00.000001Z';
  return {
    pk: row.pk,
    username: row.username,
    name: row.name,
    is_active: row.is_active,
    last_login: null,
    date_joined: made,
    is_superuser: groups.some((group) => group.is_superuser),
    groups: row.groups,
    groups_obj: groups.map(groupHead),
    roles: [],
    roles_obj: [],
    email: '',
    avatar: 'data:image/svg+xml;base64,',
    attributes: {},
    uid: uid(row),
    path: row.path,
    type: row.type,
    uuid: `00000000-0000-4000-8000-${String(row.pk).padStart(12, '0')}`,
    password_change_date: made,
    last_updated: made,
  };
}

export function bindingOut(row: Binding, rows: Rows): unknown {
  const group = rows.groups.find((candidate) => candidate.pk === row.group);
  const user = rows.users.find((candidate) => candidate.pk === row.user);
  return {
    pk: row.pk,
    policy: null,
    group: row.group,
    user: row.user,
    policy_obj: null,
    group_obj: group === undefined ? null : groupHead(group),
    user_obj: user === undefined ? null : userOut(user, rows),
    target: row.target,
    negate: row.negate,
    enabled: row.enabled,
    order: row.order,
    timeout: row.timeout,
    failure_result: false,
  };
}

export function taskOut(task: Task): unknown {
  const { message_id, actor_name, state, mtime, retries, uid: taskUid, logs, previous_logs, instance } = task;
  return {
    message_id,
    queue_name: 'default',
    actor_name,
    state,
    mtime,
    retries,
    eta: null,
    rel_obj_app_label: instance === null ? 'authentik_tasks_schedules' : 'authentik_blueprints',
    rel_obj_model: instance === null ? 'schedule' : 'blueprintinstance',
    rel_obj_id: instance,
    uid: taskUid,
    logs,
    previous_logs,
    aggregated_status: aggregated(task),
    description:
      instance === null
        ? 'Find blueprints and check if they need to be created in the database.'
        : 'Apply single blueprint.',
  };
}

/** The worst level of the log decides, once a task is done. */
function aggregated(task: Task): string {
  if (task.state !== 'done') return task.state;
  const levels = new Set(task.logs.map((log) => log.log_level));
  if (levels.has('error')) return 'error';
  return levels.has('warning') ? 'warning' : 'done';
}
