import { createHash } from 'node:crypto';
import type { Rows } from './state.ts';

/** Everything without keys and times, secrets hashed: equal before and after means equal for people. */
export function snapshotOf(rows: Rows): unknown {
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
  const fixture = (pk: string | null): string | null =>
    pk === null ? null : (Object.values(rows.fixtures.find((row) => row.pk === pk)?.fields ?? { name: pk })[0] ?? pk);
  const secrets = new Map(rows.secrets.map((row) => [row.pk, row]));
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
          secret_ref,
          authorization_flow,
          invalidation_flow,
          signing_key,
          property_mappings,
          ...row
        }) => ({
          ...row,
          client_secret: hash(secrets.get(secret_ref ?? '')?.value ?? client_secret),
          secret: secrets.get(secret_ref ?? '')?.name ?? null,
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
    secrets: rows.secrets.map(({ name, type, value }) => ({ name, type, value: hash(value) })).toSorted(byJson),
    groups: rows.groups
      .map(({ pk: _pk, parents = [], ...row }) => ({ ...row, parents: parents.map(groupName).toSorted(byJson) }))
      .toSorted(byJson),
    users: rows.users
      .map(({ pk: _pk, groups, roles, ...row }) => ({
        ...row,
        groups: groups.map(groupName).toSorted(byJson),
        roles: roles.map((pk) => rows.roles.find((role) => role.pk === pk)?.name).toSorted(byJson),
      }))
      .toSorted(byJson),
    roles: rows.roles.map(({ pk: _pk, ...row }) => row).toSorted(byJson),
    tokens: rows.tokens
      .map(({ identifier, intent, user }) => ({
        identifier,
        intent,
        user: rows.users.find((row) => row.pk === user)?.username,
      }))
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
