import type { FindModel } from './authentik.ts';
import type { Connection, Lister } from './connection.ts';
import { KEY, needed, TEXT } from './shape.ts';

/** How objects of a model are asked for: in words, by the field that must hold the key, and the list that Authentik narrows by it. */
interface Search {
  readonly what: string;
  readonly field: string;
  readonly list: Lister;
}

/** Keys of all objects of a model that have exactly this name, slug or scope: a search of Authentik's finds others, too. */
export async function find(connection: Connection, model: FindModel, key: string): Promise<readonly string[]> {
  const { what, field, list } = searchFor(connection, model, key);
  const found = await connection.all(`find ${what}`, list, (each) => ({
    key: needed(each, field, TEXT),
    pk: needed(each, 'pk', KEY),
  }));
  return found.filter((each) => each.key === key).map(({ pk }) => pk);
}

function searchFor({ library, configuration }: Connection, model: FindModel, key: string): Search {
  const { CoreApi, CryptoApi, FlowsApi, PoliciesApi, PropertymappingsApi } = library;
  switch (model) {
    case 'flow': {
      const list: Lister = (page) => new FlowsApi(configuration).flowsInstancesListRaw({ slug: key, ...page });
      return { what: `flow ${key}`, field: 'slug', list };
    }
    case 'certificate': {
      const crypto = new CryptoApi(configuration);
      const list: Lister = (page) => crypto.cryptoCertificatekeypairsListRaw({ name: key, ...page });
      return { what: `certificate ${key}`, field: 'name', list };
    }
    case 'scopeMapping': {
      const mappings = new PropertymappingsApi(configuration);
      const list: Lister = (page) => mappings.propertymappingsProviderScopeListRaw({ scopeName: key, ...page });
      return { what: `scope mapping ${key}`, field: 'scope_name', list };
    }
    case 'namedMapping': {
      const mappings = new PropertymappingsApi(configuration);
      const list: Lister = (page) => mappings.propertymappingsProviderScopeListRaw({ name: key, ...page });
      return { what: `scope mapping "${key}"`, field: 'name', list };
    }
    case 'user': {
      const list: Lister = (page) => new CoreApi(configuration).coreUsersListRaw({ username: key, ...page });
      return { what: `user ${key}`, field: 'username', list };
    }
    case 'policy': {
      const list: Lister = (page) => new PoliciesApi(configuration).policiesAllListRaw({ search: key, ...page });
      return { what: `policy ${key}`, field: 'name', list };
    }
    case 'group': {
      const list: Lister = (page) => new CoreApi(configuration).coreGroupsListRaw({ name: key, ...page });
      return { what: `group ${key}`, field: 'name', list };
    }
  }
}
