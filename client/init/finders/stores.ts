import { at } from '../../../core/base/own.ts';
import { storeRefOf, storesIn } from '../../../core/kubernetes/secretStores.ts';
import { isServed } from '../../../core/vault/fromFiles.ts';
import { providerName } from '../../../core/vault/storeProviders.ts';
import type { Tree } from '../tree.ts';
import { BESIDE, type ExternalSecret } from './externalSecrets.ts';

/** Those that are filled from a store which is served, or of which no file tells; all where there is none. */
export function servedFirst(tree: Tree, all: readonly ExternalSecret[]): readonly ExternalSecret[] {
  const served = all.filter((each) => storeOf(tree, each)?.problem === undefined);
  return served.length > 0 ? served : all;
}

/** The store that the ExternalSecret is filled from, and what is wrong with one that reads a vault which is not served. */
export function storeOf(tree: Tree, { spec, file, name }: ExternalSecret) {
  const ref = storeRefOf(spec);
  const stores = tree.holding(['SecretStore']).flatMap((path) => storesIn(tree.read(path) ?? '', path));
  const store = stores.find((each) => each.kind === ref?.kind && each.name === ref.name);
  if (store === undefined) return undefined;
  const provider = (at(store, 'provider') ?? {}) as Readonly<Record<string, unknown>>;
  const other = isServed(provider) ? undefined : providerName(provider);
  const reads = `ExternalSecret ${name} of ${file} is filled from ${store.kind} ${store.name} (${store.where}), which reads ${other}`;
  return {
    provider,
    from: store.where,
    problem: other === undefined ? undefined : `vault: ${reads}: that vault is not served. ${BESIDE}`,
  };
}
