import { SECRET_REFERENCES, type SecretReference } from '../../core/authentik/secretObjects.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { isForbidden, row, type Connection } from './connection.ts';
import { needed, OBJECT, WHOLE, type Row } from './shape.ts';

/**
 * See {@link Authentik.secretReference}. The schema is asked for last: Authentik makes it anew for each question, and a server that was
 * upgraded may answer with the one that it kept.
 */
export async function secretReference(connection: Connection): Promise<SecretReference | undefined> {
  const { library, configuration } = connection;
  const providers = new library.ProvidersApi(configuration);
  const one = { page: 1, pageSize: 1 };
  const found = await unless(isForbidden, () =>
    connection.firstPage('read the fields of a provider', () => providers.providersOauth2ListRaw(one), fieldOf),
  );
  const [first] = found ?? [];
  return first === undefined ? bySchema(connection) : first.field;
}

function fieldOf(provider: Row): { readonly field: SecretReference | undefined } {
  needed(provider, 'pk', WHOLE);
  return fieldIn(provider);
}

function fieldIn(provider: Row): { readonly field: SecretReference | undefined } {
  return { field: SECRET_REFERENCES.find((name) => name in provider) };
}

/** What the schema says of a provider, which everybody may read; undefined where it is not served. */
async function bySchema(connection: Connection): Promise<SecretReference | undefined> {
  const { FormatEnum, SchemaApi } = connection.library;
  const api = new SchemaApi(connection.configuration);
  const request = () => api.schemaRetrieveRaw({ format: FormatEnum.Json });
  return unless(isAbsent, () => connection.json('read the schema of the API', request, row(fieldInSchema)));
}

function fieldInSchema(schema: Row): SecretReference | undefined {
  const schemas = needed(needed(schema, 'components', OBJECT), 'schemas', OBJECT);
  return fieldIn(needed(needed(schemas, 'OAuth2Provider', OBJECT), 'properties', OBJECT)).field;
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
