import type { SecretDialect } from '../../core/authentik/secretDialects.ts';
import type { SecretRow } from './authentik.ts';
import { nothing, row, rows, type Connection } from './connection.ts';
import { toUsedBy } from './rows.ts';
import { secretDialect } from './secretDialect.ts';
import { needed, TEXT, type Row } from './shape.ts';
import { provingRefusals } from './tokenPermissions.ts';

/** Its value, which is shown to few and with an event each time, is not read. */
function toSecret(found: Row): SecretRow {
  return { pk: needed(found, 'pk', TEXT), name: needed(found, 'name', TEXT) };
}

/** The objects of this name; none where Authentik has no such objects. */
export async function secretsNamed(connection: Connection, name: string): Promise<readonly SecretRow[]> {
  const dialect = await secretDialect(connection);
  if (dialect === undefined) return [];
  const found = await connection.all(
    `find secret "${name}"`,
    ({ page, pageSize }) =>
      connection.request('GET', `${dialect.collection}?${query({ name, page, page_size: pageSize })}`),
    toSecret,
  );
  return found.filter((each) => each.name === name);
}

function query(values: Readonly<Record<string, string | number>>): string {
  return new URLSearchParams(
    Object.entries(values).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
}

export async function secretByPk(connection: Connection, pk: string): Promise<SecretRow | undefined> {
  return ofSecret(connection, pk, (path) =>
    connection.optional(`read secret ${pk}`, () => connection.request('GET', path), row(toSecret)),
  );
}

export async function usersOfSecret(connection: Connection, pk: string) {
  const ask = (path: string) =>
    connection.optional(
      `ask who uses secret ${pk}`,
      () => connection.request('GET', `${path}used_by/`),
      rows(toUsedBy),
    );
  return (await ofSecret(connection, pk, ask)) ?? [];
}

export async function removeSecret(connection: Connection, pk: string): Promise<void> {
  await ofSecret(connection, pk, (path, { app }) =>
    provingRefusals(connection, `${app}.delete_secret`, async () =>
      connection.optional(`delete secret ${pk}`, () => connection.request('DELETE', path), nothing),
    ),
  );
}

/** undefined where Authentik has no such objects. */
async function ofSecret<T>(
  connection: Connection,
  pk: string,
  ask: (path: string, dialect: SecretDialect) => Promise<T>,
): Promise<T | undefined> {
  const dialect = await secretDialect(connection);
  return dialect && ask(`${dialect.collection}${encodeURIComponent(pk)}/`, dialect);
}
