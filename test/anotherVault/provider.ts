import { RefreshError, type OpenProvider } from '../../sandbox/externalSecrets/provider.ts';
import type { PathStore } from './store.ts';

/** The path vault, as External Secrets reads it: `key` is a path below the mount, `property` a key of what lies there. */
export function pathProvider(store: PathStore): OpenProvider {
  return () => ({
    value: async ({ key, property = '' }, where) => {
      const value = store.get(key)?.data[property];
      if (value === undefined) throw new RefreshError(`${where}, err: Secret does not exist`);
      return value;
    },
    all: async ({ key }) => Object.entries(store.get(key)?.data ?? {}),
  });
}
