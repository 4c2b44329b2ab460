import type { FindModel } from './authentik.ts';
import type { Connection, Lister } from './connection.ts';
import { KEY, needed, TEXT } from './shape.ts';

/** How objects of a model are asked for: in words, by the field that must hold the key, and by the list that Authentik narrows. */
type Search = readonly [what: string, field: string, list: Lister];

/** Keys of all objects of a model that have exactly this name, slug or scope: a search of Authentik's finds others, too. */
export async function find(connection: Connection, model: FindModel, key: string): Promise<readonly string[]> {
  const [what, field, list] = searchFor(connection, model, key);
  const found = await connection.all(`find ${what}`, list, (each) => ({
    key: needed(each, field, TEXT),
    pk: needed(each, 'pk', KEY),
  }));
  return found.filter((each) => each.key === key).map(({ pk }) => pk);
}

function searchFor({ library, configuration }: Connection, model: FindModel, key: string): Search {
  const core = new library.CoreApi(configuration);
  const crypto = new library.CryptoApi(configuration);
  const flows = new library.FlowsApi(configuration);
  const mappings = new library.PropertymappingsApi(configuration);
  const policies = new library.PoliciesApi(configuration);
  const scopes =
    (asked: { readonly scopeName?: string; readonly name?: string }): Lister =>
    (page) =>
      mappings.propertymappingsProviderScopeListRaw({ ...asked, ...page });
  switch (model) {
    case 'flow':
      return [`flow ${key}`, 'slug', (page) => flows.flowsInstancesListRaw({ slug: key, ...page })];
    case 'certificate':
      return [`certificate ${key}`, 'name', (page) => crypto.cryptoCertificatekeypairsListRaw({ name: key, ...page })];
    case 'scopeMapping':
      return [`scope mapping ${key}`, 'scope_name', scopes({ scopeName: key })];
    case 'namedMapping':
      return [`scope mapping "${key}"`, 'name', scopes({ name: key })];
    case 'user':
      return [`user ${key}`, 'username', (page) => core.coreUsersListRaw({ username: key, ...page })];
    case 'policy':
      return [`policy ${key}`, 'name', (page) => policies.policiesAllListRaw({ search: key, ...page })];
    case 'group':
      return [`group ${key}`, 'name', (page) => core.coreGroupsListRaw({ name: key, ...page })];
  }
}
