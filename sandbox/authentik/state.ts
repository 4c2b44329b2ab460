import { createHash, randomUUID } from 'node:crypto';

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
}

export interface Provider {
  pk: number;
  name: string;
  authorization_flow: string | null;
  invalidation_flow: string | null;
  signing_key: string | null;
  property_mappings: string[];
  client_type: string;
  client_id: string;
  client_secret: string;
  grant_types: string[];
  redirect_uris: { matching_mode: string; url: string }[];
  sub_mode: string;
  include_claims_in_id_token: boolean;
}

export interface Application {
  pk: string;
  name: string;
  slug: string;
  provider: number | null;
  meta_launch_url: string;
  policy_engine_mode: string;
}

export interface Group {
  pk: string;
  name: string;
  is_superuser: boolean;
}

export interface User {
  pk: number;
  username: string;
  name: string;
  type: string;
  path: string;
  is_active: boolean;
  groups: string[];
}

export interface Binding {
  pk: string;
  target: string;
  group: string | null;
  user: number | null;
  order: number;
  enabled: boolean;
  negate: boolean;
  timeout: number;
}

/** Flows, certificates and scope mappings: only found, never changed. */
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
  fixtures: Fixture[];
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
      },
    ],
    bindings: [],
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
        fields: { scope_name: scope, name: `authentik default OAuth Mapping: OpenID '${scope}'` },
      })),
    ],
    nextPk: 10,
  };
}

/** Deleting an application takes its bindings along. */
export function deleteApplication(rows: Rows, application: Application): void {
  rows.applications = rows.applications.filter((row) => row !== application);
  rows.bindings = rows.bindings.filter((row) => row.target !== application.pk);
}

/** Deleting a provider leaves its application, without one. */
export function deleteProvider(rows: Rows, provider: Provider): void {
  rows.providers = rows.providers.filter((row) => row !== provider);
  for (const application of rows.applications) if (application.provider === provider.pk) application.provider = null;
}

/** Deleting a group takes its bindings to ANY application along; one whose only binding goes is open to everyone. */
export function deleteGroup(rows: Rows, group: Group): void {
  rows.groups = rows.groups.filter((row) => row !== group);
  rows.bindings = rows.bindings.filter((row) => row.group !== group.pk);
  for (const user of rows.users) user.groups = user.groups.filter((pk) => pk !== group.pk);
}

export function deleteUser(rows: Rows, user: User): void {
  rows.users = rows.users.filter((row) => row !== user);
  rows.bindings = rows.bindings.filter((row) => row.user !== user.pk);
}

/** Everything without keys and times, secrets hashed: equal before and after means equal for people. */
export function snapshotOf(rows: Rows): unknown {
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
  const fixture = (pk: string | null): string | null =>
    pk === null ? null : (Object.values(rows.fixtures.find((row) => row.pk === pk)?.fields ?? { name: pk })[0] ?? pk);
  const groupName = (pk: string | null): string | null => rows.groups.find((group) => group.pk === pk)?.name ?? null;
  return {
    instances: rows.instances
      .map(({ name, path, enabled, status, last_applied_hash }) => ({ name, path, enabled, status, last_applied_hash }))
      .toSorted(byJson),
    providers: rows.providers
      .map(
        ({
          pk: _pk,
          client_secret,
          authorization_flow,
          invalidation_flow,
          signing_key,
          property_mappings,
          ...row
        }) => ({
          ...row,
          client_secret: hash(client_secret),
          authorization_flow: fixture(authorization_flow),
          invalidation_flow: fixture(invalidation_flow),
          signing_key: fixture(signing_key),
          property_mappings: property_mappings.map(fixture),
        }),
      )
      .toSorted(byJson),
    applications: rows.applications
      .map(({ pk: _pk, provider, ...row }) => ({
        ...row,
        provider: rows.providers.find((candidate) => candidate.pk === provider)?.name ?? null,
      }))
      .toSorted(byJson),
    groups: rows.groups.map(({ pk: _pk, ...row }) => row).toSorted(byJson),
    users: rows.users
      .map(({ pk: _pk, groups, ...row }) => ({ ...row, groups: groups.map(groupName).toSorted(byJson) }))
      .toSorted(byJson),
    bindings: rows.bindings
      .map(({ pk: _pk, target, group, ...row }) => ({
        ...row,
        target: rows.applications.find((application) => application.pk === target)?.slug ?? target,
        group: groupName(group),
      }))
      .toSorted(byJson),
  };
}

function byJson(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
