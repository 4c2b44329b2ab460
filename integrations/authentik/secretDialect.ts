import { SECRET_DIALECTS, type SecretDialect } from '../../core/authentik/secretDialects.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { isForbidden, row, type Connection } from './connection.ts';
import { needed, OBJECT, orNull, TEXT, told, WHOLE, type Row } from './shape.ts';

/**
 * See {@link Authentik.secretDialect}. The schema is asked for last: Authentik makes it anew for each question, and a server that was
 * upgraded may answer with the one that it kept.
 */
export async function secretDialect(connection: Connection): Promise<SecretDialect | undefined> {
  const { library, configuration } = connection;
  const providers = new library.ProvidersApi(configuration);
  const one = { page: 1, pageSize: 1 };
  const found = await unless(isForbidden, () =>
    connection.firstPage('read the fields of a provider', () => providers.providersOauth2ListRaw(one), dialectOf),
  );
  const [first] = found ?? [];
  return first === undefined ? bySchema(connection) : first.dialect;
}

function dialectOf(provider: Row): { readonly dialect: SecretDialect | undefined } {
  needed(provider, 'pk', WHOLE);
  return { dialect: dialectIn(provider) };
}

function dialectIn(provider: Row): SecretDialect | undefined {
  return SECRET_DIALECTS.find(({ reference }) => reference in provider);
}

/** What the schema says of a provider, which everybody may read; undefined where it is not served. */
async function bySchema(connection: Connection): Promise<SecretDialect | undefined> {
  const { FormatEnum, SchemaApi } = connection.library;
  const api = new SchemaApi(connection.configuration);
  const request = () => api.schemaRetrieveRaw({ format: FormatEnum.Json });
  return unless(isAbsent, () => connection.json('read the schema of the API', request, row(dialectInSchema)));
}

function dialectInSchema(schema: Row): SecretDialect | undefined {
  const schemas = needed(needed(schema, 'components', OBJECT), 'schemas', OBJECT);
  return dialectIn(needed(needed(schemas, 'OAuth2Provider', OBJECT), 'properties', OBJECT));
}

function isAbsent(error: unknown): boolean {
  return error instanceof RegistrarError && error.kind === 'NotFound';
}

async function unless<T>(expected: (error: unknown) => boolean, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (expected(error)) return undefined;
    throw error;
  }
}

/** Key of the object that keeps a provider's secret; undefined where the answer has no such field. */
export function secretIn(provider: Row): string | null | undefined {
  const dialect = dialectIn(provider);
  return dialect && told(provider, dialect.reference, orNull(TEXT));
}
