import { randomUUID } from 'node:crypto';
import { deleteApplication, deleteGroup, deleteProvider, deleteUser } from './deletions.ts';
import {
  address,
  atMost,
  both,
  dateTime,
  duration,
  field,
  filled,
  flag,
  keyOf,
  keysOf,
  noObject,
  oneOf,
  orNull,
  someOf,
  whole,
  type Complaint,
  type Field,
} from './fields.ts';
import { newApplication, newBinding, newProvider } from './newRows.ts';
import { SECRET, withReference } from './secrets.ts';
import type { CheckContext, Model } from './serializer.ts';
import type { Application, Binding, Group, Provider, Rows, User } from './state.ts';
import type { Version } from './version.ts';

type Values = Readonly<Record<string, unknown>>;

function taken<T extends { readonly pk: string | number }>(
  table: readonly T[],
  field: keyof T,
  values: Values,
  context: CheckContext,
): boolean {
  return table.some((row) => row.pk !== context.existing?.pk && row[field] === values[String(field)]);
}

const FLOW = /^authentik_flows\.flow$/;
const CERTIFICATE = /^authentik_crypto\.certificatekeypair$/;
const SCOPE_MAPPING = /^authentik_providers_oauth2\.scopemapping$/;
const POLICY = /^authentik_policies_/;

const provider: Model = {
  table: (rows) => rows.providers,
  remove: (rows, row) => deleteProvider(rows, row as Provider),
  required: ['name', 'authorization_flow', 'invalidation_flow', 'redirect_uris'],
  fields: {
    name: field(filled),
    authentication_flow: orNull(keyOf(FLOW)),
    authorization_flow: field(keyOf(FLOW)),
    invalidation_flow: field(keyOf(FLOW)),
    property_mappings: field(keysOf(SCOPE_MAPPING)),
    client_type: field(oneOf('confidential', 'public')),
    grant_types: field(someOf(grantTypesOf), { since: (version) => version.grantTypes }),
    client_id: field(both(filled, atMost(255))),
    client_secret: field(atMost(255)),
    access_code_validity: field(duration),
    access_token_validity: field(duration),
    refresh_token_validity: field(duration),
    refresh_token_threshold: field(duration),
    include_claims_in_id_token: field(flag),
    signing_key: orNull(keyOf(CERTIFICATE)),
    encryption_key: orNull(keyOf(CERTIFICATE)),
    redirect_uris: field(redirectUris),
    logout_uri: field(address),
    logout_method: field(oneOf('backchannel', 'frontchannel')),
    sub_mode: field(oneOf('hashed_user_id', 'user_id', 'user_uuid', 'user_username', 'user_email', 'user_upn')),
    issuer_mode: field(oneOf('global', 'per_provider')),
    jwt_federation_sources: field(),
    jwt_federation_providers: field(),
    client_secret_ref: reference('client_secret_ref'),
    secret: reference('secret'),
  },
  create: (rows): Provider => newProvider((rows.nextPk += 1)),
  prepare: (values, { rows, existing, version }) =>
    withReference(rows, version, values, existing as Provider | undefined),
  check(values, context) {
    const { rows, errors } = context;
    if (taken(rows.providers, 'name', values, context))
      errors.add('name', 'provider with this name already exists.', 'unique');
    if (taken(rows.providers, 'client_id', values, context))
      errors.add('client_id', 'OAuth2/OpenID Provider with this Client ID already exists.', 'unique');
    const named = context.version.secrets?.providerField;
    if (named !== undefined && values[named] !== undefined && (values['client_secret'] ?? '') !== '')
      errors.add('non_field_errors', `Only one of 'client_secret', '${named}' can be set.`, 'invalid');
  },
};

/** By the name of the draft that the server follows; the other one it does not know. */
function reference(name: string): Field {
  return {
    ...orNull((value, rows) => (rows.secrets.some((row) => row.pk === value) ? undefined : noObject(value))),
    since: ({ secrets }) => secrets?.providerField === name,
  };
}

function grantTypesOf({ tokenExchange }: Version): readonly string[] {
  return [
    'authorization_code',
    'refresh_token',
    'implicit',
    'hybrid',
    'client_credentials',
    'password',
    'urn:ietf:params:oauth:grant-type:device_code',
    ...(tokenExchange ? ['urn:ietf:params:oauth:grant-type:token-exchange'] : []),
  ];
}

function redirectUris(value: unknown, _rows: Rows, { redirectUriTypes }: Version): Complaint | undefined {
  const uris = value as readonly Readonly<Record<string, unknown>>[];
  for (const [index, uri] of uris.entries()) {
    for (const inner of ['matching_mode', 'url'])
      if (uri[inner] === undefined) return { words: 'This field is required.', code: 'required', index, inner };
    const choices = { matching_mode: ['strict', 'regex'], redirect_uri_type: ['authorization', 'logout'] };
    for (const [inner, names] of Object.entries(choices)) {
      const word = uri[inner];
      if (word === undefined || (inner === 'redirect_uri_type' && !redirectUriTypes)) continue;
      if (!names.includes(String(word)))
        return { words: `"${String(word)}" is not a valid choice.`, code: 'invalid_choice', index, inner };
    }
  }
  return undefined;
}

/** A slug that exists is taken over: renamed, moved to the new provider, and all is "successful". */
const application: Model = {
  table: (rows) => rows.applications,
  remove: (rows, row) => deleteApplication(rows, row as Application),
  required: ['name', 'slug'],
  fields: {
    name: field(filled),
    slug: field(slug),
    provider: orNull((value, rows) => (rows.providers.some((row) => row.pk === value) ? undefined : noObject(value))),
    open_in_new_tab: field(flag),
    meta_launch_url: field(address),
    meta_icon: field(),
    meta_description: field(),
    meta_publisher: field(),
    policy_engine_mode: field(oneOf('all', 'any')),
    group: field(),
    meta_hide: field(flag, { since: (version) => version.fieldsOf2026_8 }),
  },
  create: (): Application => newApplication(),
  check(values, context) {
    if ((values['provider'] ?? null) !== null && taken(context.rows.applications, 'provider', values, context))
      context.errors.add('provider', 'Application with this provider already exists.', 'unique');
    if (taken(context.rows.applications, 'slug', values, context))
      context.errors.add('slug', 'Application with this slug already exists.', 'unique');
  },
};

function slug(value: unknown): Complaint | undefined {
  if (/^[-a-zA-Z0-9_]+$/.test(String(value))) return undefined;
  const words = 'Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.';
  return { words, code: 'invalid' };
}

const group: Model = {
  table: (rows) => rows.groups,
  remove: (rows, row) => deleteGroup(rows, row as Group),
  required: ['name'],
  fields: {
    name: field(filled),
    is_superuser: field(flag),
    parents: field(),
    attributes: field(),
    roles: field(),
  },
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
  fields: {
    username: field(filled),
    name: field(),
    is_active: field(flag),
    groups: field((value, rows) => {
      const missing = (value as unknown[]).find((pk) => !rows.groups.some((row) => row.pk === pk));
      return missing === undefined ? undefined : noObject(missing);
    }),
    roles: field(),
    attributes: field(),
    path: field(filled),
    type: field(oneOf('internal', 'external', 'service_account', 'internal_service_account')),
  },
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
  },
};

const binding: Model = {
  table: (rows) => rows.bindings,
  remove: (rows, row) => {
    rows.bindings = rows.bindings.filter((candidate) => candidate !== row);
  },
  required: ['target', 'order'],
  fields: {
    policy: orNull(keyOf(POLICY)),
    group: orNull((value, rows) => (rows.groups.some((row) => row.pk === value) ? undefined : noObject(value))),
    user: orNull((value, rows) => (rows.users.some((row) => row.pk === value) ? undefined : noObject(value))),
    target: field(),
    negate: field(flag),
    enabled: field(flag),
    order: field(whole),
    timeout: field(whole),
    failure_result: field(flag),
    expires: { ...orNull(dateTime), since: (version) => version.expiryByBlueprint },
    expiring: field(flag, { since: (version) => version.expiryByBlueprint }),
  },
  create: (): Binding => newBinding(),
  // Of a change, too, only what is sent counts.
  check(values, { errors }) {
    const set = ['group', 'policy', 'user'].filter((name) => (values[name] ?? null) !== null);
    const three = "'group', 'policy', 'user'";
    if (set.length === 0) errors.add('non_field_errors', `One of ${three} must be set.`, 'invalid');
    if (set.length > 1) errors.add('non_field_errors', `Only one of ${three} can be set.`, 'invalid');
  },
};

/** The model that a blueprint names; undefined for what no registration looks at. */
export function modelNamed(name: string, { secrets }: Version): Model | undefined {
  if (secrets !== undefined && name === `${secrets.app}.secret`) return SECRET;
  return (MODELS as Readonly<Record<string, Model | undefined>>)[name];
}

/** By the name that blueprints give. */
export const MODELS = {
  'authentik_providers_oauth2.oauth2provider': provider,
  'authentik_core.application': application,
  'authentik_core.group': group,
  'authentik_core.user': user,
  'authentik_policies.policybinding': binding,
} satisfies Readonly<Record<string, Model>>;
