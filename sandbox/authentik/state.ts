import { randomUUID } from 'node:crypto';

/** The rows of Authentik's database that the stand-in keeps, by the names that the API uses. */
export interface Instance {
  pk: string;
  name: string;
  path: string;
  enabled: boolean;
  status: string;
  last_applied: string;
  last_applied_hash: string;
  metadata: unknown;
  content: string;
  /** Values for `!Context`, set on the instance. */
  context: Record<string, unknown>;
}

export interface Provider {
  pk: number;
  name: string;
  authentication_flow: string | null;
  authorization_flow: string | null;
  invalidation_flow: string | null;
  signing_key: string | null;
  property_mappings: string[];
  client_type: string;
  client_id: string;
  client_secret: string;
  grant_types: string[];
  redirect_uris: { matching_mode: string; url: string; redirect_uri_type?: string }[];
  sub_mode: string;
  include_claims_in_id_token: boolean;
  encryption_key: string | null;
  access_code_validity: string;
  access_token_validity: string;
  refresh_token_validity: string;
  refresh_token_threshold: string;
  logout_uri: string;
  logout_method: string;
  issuer_mode: string;
  jwt_federation_sources: string[];
  jwt_federation_providers: number[];
  /** Key of the Secret that counts in the place of `client_secret`, where secrets are objects. */
  secret_ref: string | null;
}

/** A secret as an object (drafts of 2026.11). */
export interface SecretRow {
  readonly pk: string;
  name: string;
  type: string;
  value: string;
}

export interface Application {
  pk: string;
  name: string;
  slug: string;
  provider: number | null;
  open_in_new_tab: boolean;
  meta_launch_url: string;
  meta_icon: string;
  meta_description: string;
  meta_publisher: string;
  policy_engine_mode: string;
  group: string;
  /** Since 2026.8. */
  meta_hide: boolean;
}

export interface Group {
  pk: string;
  name: string;
  is_superuser: boolean;
  /** Keys of the groups above it. */
  parents?: string[];
  /** Keys of the roles that members have by it. */
  roles?: string[];
  attributes?: Record<string, unknown>;
}

export interface User {
  pk: number;
  username: string;
  name: string;
  type: string;
  path: string;
  is_active: boolean;
  groups: string[];
  roles: string[];
  attributes: Record<string, unknown>;
}

interface Role {
  pk: string;
  name: string;
  /** Codenames granted globally. */
  permissions: string[];
}

export interface Token {
  pk: string;
  identifier: string;
  /** Only one of intent `api` opens the API. */
  intent: string;
  user: number;
  key: string;
  expiring: boolean;
  expires: string;
}

/** An entry of Authentik's audit log. */
export interface AuditEvent {
  pk: string;
  action: string;
  /** Part of Authentik that wrote it. */
  app: string;
  context: Record<string, unknown>;
  created: string;
}

export interface Binding {
  pk: string;
  target: string;
  policy: string | null;
  group: string | null;
  user: number | null;
  order: number;
  enabled: boolean;
  negate: boolean;
  timeout: number;
  failure_result: boolean;
  /** Since 2026.8, with {@link expiring}: when it ends, in UTC. */
  expires: string | null;
  expiring: boolean;
}

/** Flows, certificates, scope mappings and policies: only found, never changed. */
export interface Fixture {
  readonly pk: string;
  readonly model: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Rows {
  instances: Instance[];
  providers: Provider[];
  applications: Application[];
  groups: Group[];
  users: User[];
  bindings: Binding[];
  roles: Role[];
  tokens: Token[];
  events: AuditEvent[];
  fixtures: Fixture[];
  secrets: SecretRow[];
  nextPk: number;
}

const FLOWS = [
  'default-provider-authorization-implicit-consent',
  'default-provider-authorization-explicit-consent',
  'default-provider-invalidation-flow',
  'default-authentication-flow',
];
const SCOPES = ['openid', 'email', 'profile', 'offline_access', 'entitlements', 'goauthentik.io/api'];

/** A fresh Authentik: default flows, certificate and scope mappings, and its first administrator. */
export function freshRows(): Rows {
  const admins: Group = { pk: randomUUID(), name: 'authentik Admins', is_superuser: true };
  return {
    instances: [],
    providers: [],
    applications: [],
    groups: [admins],
    users: [
      {
        pk: 5,
        username: 'akadmin',
        name: 'authentik Default Admin',
        type: 'internal',
        path: 'users',
        is_active: true,
        groups: [admins.pk],
        roles: [],
        attributes: {},
      },
    ],
    bindings: [],
    roles: [],
    tokens: [],
    events: [],
    secrets: [],
    fixtures: [
      ...FLOWS.map((slug) => ({ pk: randomUUID(), model: 'authentik_flows.flow', fields: { slug, name: slug } })),
      {
        pk: randomUUID(),
        model: 'authentik_crypto.certificatekeypair',
        fields: { name: 'authentik Self-signed Certificate' },
      },
      ...SCOPES.map((scope) => ({
        pk: randomUUID(),
        model: 'authentik_providers_oauth2.scopemapping',
        fields: {
          scope_name: scope,
          name: `authentik default OAuth Mapping: OpenID '${scope}'`,
          managed: `goauthentik.io/providers/oauth2/scope-${scope}`,
        },
      })),
    ],
    nextPk: 10,
  };
}
