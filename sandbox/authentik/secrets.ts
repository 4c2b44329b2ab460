import { randomBytes, randomUUID } from 'node:crypto';
import { logSecret } from './events.ts';
import { atMost, field, filled, oneOf } from './fields.ts';
import type { Model } from './serializer.ts';
import type { Provider, Rows, SecretRow } from './state.ts';
import type { Version } from './version.ts';

type Values = Readonly<Record<string, unknown>>;

/** Client secrets as objects (drafts of 2026.11). */
export const SECRET: Model = {
  table: (rows) => rows.secrets,
  remove: (rows, row) => {
    rows.secrets = rows.secrets.filter((each) => each !== row);
  },
  required: ['name'],
  fields: { name: field(filled), type: field(oneOf('text', 'multiline', 'file')), value: field(atMost(65_536)) },
  create: (): SecretRow => ({ pk: randomUUID(), name: '', type: 'text', value: '' }),
  check: () => undefined,
  prepare: (values, { rows, existing }) => {
    const { value } = (existing ?? {}) as Partial<SecretRow>;
    if (existing !== undefined && values['value'] !== undefined && values['value'] !== value)
      logSecret(rows, 'secret_rotate', existing as SecretRow);
    return values;
  },
};

/** The secret that a client must present. */
export function secretOf(rows: Rows, provider: Provider): string {
  return rows.secrets.find((row) => row.pk === provider.secret_ref)?.value ?? provider.client_secret;
}

export function usersOfSecret(rows: Rows, secret: SecretRow): readonly Provider[] {
  return rows.providers.filter((row) => row.secret_ref === secret.pk);
}

/**
 * What is written of a provider where secrets are objects: the reference goes under one name; a literal makes a new Secret whenever
 * it differs, which leaves the former one an orphan; an empty one is passed over.
 */
export function withReference(
  rows: Rows,
  { secrets }: Version,
  values: Values,
  existing: Provider | undefined,
): Values {
  if (secrets === undefined) return values;
  const { client_secret: literal, [secrets.providerField]: reference, ...rest } = values;
  if (reference !== undefined) return { ...rest, secret_ref: reference };
  const known = existing === undefined ? undefined : secretOf(rows, existing);
  const value = literal === undefined || literal === '' ? (known ?? randomBytes(64).toString('hex')) : String(literal);
  if (value === known) return rest;
  const name = `${String(values['name'] ?? existing?.name)} client_secret`;
  const secret: SecretRow = { pk: randomUUID(), name, type: 'text', value };
  rows.secrets.push(secret);
  return { ...rest, secret_ref: secret.pk };
}

/** The upgrade: each provider's secret becomes an object; the old column stays. */
export function migrateSecrets(rows: Rows): void {
  for (const provider of rows.providers) {
    if (provider.secret_ref !== null) continue;
    const secret = {
      pk: randomUUID(),
      name: `${provider.name} client_secret`,
      type: 'text',
      value: provider.client_secret,
    };
    rows.secrets.push(secret);
    provider.secret_ref = secret.pk;
  }
}

/** A test that sets the dialect back: no real server goes this way. */
export function forgetSecrets(rows: Rows): void {
  for (const provider of rows.providers) {
    provider.client_secret = secretOf(rows, provider);
    provider.secret_ref = null;
  }
  rows.secrets = [];
}
