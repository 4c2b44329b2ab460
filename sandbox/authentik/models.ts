import { randomBytes, randomUUID } from 'node:crypto';
import { deleteApplication, deleteGroup, deleteProvider, deleteUser } from './deletions.ts';
import type { CheckContext, Model } from './serializer.ts';
import type { Application, Binding, Group, Provider, User } from './state.ts';

type Values = Readonly<Record<string, unknown>>;

const GRANT_TYPES = new Set([
  'authorization_code',
  'refresh_token',
  'implicit',
  'hybrid',
  'client_credentials',
  'password',
  'urn:ietf:params:oauth:grant-type:device_code',
]);

const REDIRECT_URI_TYPES = new Set(['authorization', 'logout']);

function taken<T extends { readonly pk: string | number }>(
  table: readonly T[],
  field: keyof T,
  values: Values,
  context: CheckContext,
): boolean {
  return table.some((row) => row.pk !== context.existing?.pk && row[field] === values[String(field)]);
}

const provider: Model = {
  table: (rows) => rows.providers,
  remove: (rows, row) => deleteProvider(rows, row as Provider),
  required: ['name', 'authorization_flow', 'invalidation_flow', 'redirect_uris'],
  notNull: ['name', 'authorization_flow', 'invalidation_flow', 'client_id', 'client_secret', 'redirect_uris'],
  fields: [
    'name',
    'authorization_flow',
    'invalidation_flow',
    'property_mappings',
    'grant_types',
    'client_id',
    'client_secret',
    'redirect_uris',
  ],
  create: (rows): Provider => ({
    pk: (rows.nextPk += 1),
    name: '',
    authorization_flow: null,
    invalidation_flow: null,
    signing_key: null,
    property_mappings: [],
    client_type: 'confidential',
    client_id: randomBytes(20).toString('hex'),
    client_secret: randomBytes(64).toString('hex'),
    grant_types: [],
    redirect_uris: [],
    sub_mode: 'hashed_user_id',
    include_claims_in_id_token: true,
  }),
  check(values, context) {
    const { rows, errors } = context;
    if (taken(rows.providers, 'name', values, context))
      errors.add('name', 'provider with this name already exists.', 'unique');
    if (taken(rows.providers, 'client_id', values, context))
      errors.add('client_id', 'OAuth2/OpenID Provider with this Client ID already exists.', 'unique');
    const mappings = (values['property_mappings'] ?? []) as unknown[];
    if (mappings.includes(null))
      errors.add('property_mappings', 'Invalid pk "None" - object does not exist.', 'does_not_exist');
    if (String(values['client_secret'] ?? '').length > 255)
      errors.add('client_secret', 'Ensure this field has no more than 255 characters.', 'max_length');
    const grants = context.grantTypes ? ((values['grant_types'] ?? []) as string[]) : [];
    const wrong = grants.findIndex((grant) => !GRANT_TYPES.has(grant));
    if (wrong >= 0) errors.add('grant_types', `"${grants[wrong]}" is not a valid choice.`, 'invalid_choice', wrong);
    const uris = (context.grantTypes ? (values['redirect_uris'] ?? []) : []) as Provider['redirect_uris'];
    const odd = uris.findIndex(({ redirect_uri_type: type = 'authorization' }) => !REDIRECT_URI_TYPES.has(type));
    const type = uris[odd]?.redirect_uri_type;
    if (type !== undefined)
      errors.add('redirect_uris', `"${type}" is not a valid choice.`, 'invalid_choice', odd, 'redirect_uri_type');
  },
};

/** A slug that exists is taken over: renamed, moved to the new provider, and all is "successful". */
const application: Model = {
  table: (rows) => rows.applications,
  remove: (rows, row) => deleteApplication(rows, row as Application),
  required: ['name', 'slug'],
  notNull: ['name', 'slug'],
  fields: ['name', 'slug', 'provider'],
  create: (): Application => ({
    pk: randomUUID(),
    name: '',
    slug: '',
    provider: null,
    meta_launch_url: '',
    policy_engine_mode: 'any',
  }),
  check(values, context) {
    if ((values['provider'] ?? null) !== null && taken(context.rows.applications, 'provider', values, context))
      context.errors.add('provider', 'Application with this provider already exists.', 'unique');
    if (taken(context.rows.applications, 'slug', values, context))
      context.errors.add('slug', 'Application with this slug already exists.', 'unique');
  },
};

const group: Model = {
  table: (rows) => rows.groups,
  remove: (rows, row) => deleteGroup(rows, row as Group),
  required: ['name'],
  notNull: ['name'],
  fields: ['name'],
  create: (): Group => ({ pk: randomUUID(), name: '', is_superuser: false, attributes: {} }),
  check(values, context) {
    if (taken(context.rows.groups, 'name', values, context))
      context.errors.add('name', 'group with this name already exists.', 'unique');
  },
};

const user: Model = {
  table: (rows) => rows.users,
  remove: (rows, row) => deleteUser(rows, row as User),
  required: ['username', 'name'],
  notNull: ['username', 'name', 'groups'],
  fields: ['username', 'name', 'groups'],
  create: (rows): User => ({
    pk: (rows.nextPk += 1),
    username: '',
    name: '',
    type: 'internal',
    path: 'users',
    is_active: true,
    groups: [],
    roles: [],
    attributes: {},
  }),
  check(values, context) {
    if (taken(context.rows.users, 'username', values, context))
      context.errors.add('username', 'This field must be unique.', 'unique');
    if (((values['groups'] ?? []) as unknown[]).includes(null))
      context.errors.add('groups', 'Invalid pk "None" - object does not exist.', 'does_not_exist');
  },
};

const binding: Model = {
  table: (rows) => rows.bindings,
  remove: (rows, row) => {
    rows.bindings = rows.bindings.filter((candidate) => candidate !== row);
  },
  required: ['target', 'order'],
  notNull: ['target', 'order'],
  fields: ['target', 'order'],
  create: (): Binding => ({
    pk: randomUUID(),
    target: '',
    policy: null,
    group: null,
    user: null,
    order: 0,
    enabled: true,
    negate: false,
    timeout: 30,
    failure_result: false,
  }),
  // Of a change, too, only what is sent counts.
  check(values, { errors }) {
    if ((values['group'] ?? values['user'] ?? values['policy'] ?? null) === null)
      errors.add('non_field_errors', "One of 'group', 'policy', 'user' must be set.", 'invalid');
  },
};

/** By the name that blueprints give. */
export const MODELS = {
  'authentik_providers_oauth2.oauth2provider': provider,
  'authentik_core.application': application,
  'authentik_core.group': group,
  'authentik_core.user': user,
  'authentik_policies.policybinding': binding,
} satisfies Readonly<Record<string, Model>>;
