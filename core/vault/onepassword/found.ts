import { mappingOf, own } from '../../base/own.ts';
import type { FoundSetting, VaultQuestion, VaultTraces } from '../foundVault.ts';

const ID = /^[a-z0-9]{26}$/;

/** A pattern of titles that `op://` references take. */
export const ITEM = /^[A-Za-z0-9._{}-]([A-Za-z0-9._{} -]*[A-Za-z0-9._{}-])?$/;

/**
 * What store and ExternalSecret tell of 1Password (External Secrets' documentation, "1Password Secrets Automation" and "1Password
 * SDK"). Several values of one key are choices. Ids of vault and item stand in no manifest that names them by their titles.
 */
export function foundSettings({ store, keys, standing, from }: VaultTraces): readonly FoundSetting[] {
  const provider = store?.provider ?? {};
  const sdk = own(provider, 'onepasswordSDK');
  const connect = own(provider, 'onepassword');
  const told = (key: string, value: unknown): readonly FoundSetting[] =>
    typeof value === 'string' && isSaid(value) ? [{ key, value, from: store?.from ?? from }] : [];
  const vaults = sdk === undefined ? Object.keys(mappingOf(mappingOf(connect)['vaults'])) : [mappingOf(sdk)['vault']];
  const [vault] = vaults;
  return [
    ...(sdk === undefined ? [] : [...told('kind', 'serviceAccount'), ...told('storeProvider', 'onepasswordSDK')]),
    ...told('connectHost', mappingOf(connect)['connectHost']),
    ...(vaults.length === 1 ? told(typeof vault === 'string' && ID.test(vault) ? 'vaultId' : 'vaultName', vault) : []),
    ...items(keys, standing, sdk !== undefined).map(([key, value]) => ({ key, value, from })),
  ];
}

/** A text in which Flux puts nothing in the place of a variable. */
const isSaid = (text: string): boolean => text !== '' && !text.includes('${');

/** An item for each client where those that stand have it so; else the one that theirs are in, or the ones that are read at all. */
function items(
  keys: readonly string[],
  standing: VaultTraces['standing'],
  inOne: boolean,
): readonly (readonly [string, string])[] {
  const title = (key: string): string => (inOne ? (key.split('/')[0] ?? '') : key);
  const theirs = standing
    .map(({ client, key }) => ({ client, title: title(key) }))
    .filter((each) => isSaid(each.title));
  const patterns = theirs
    .map((each) => each.title.replace(each.client, '{name}'))
    .filter((each) => each.includes('{name}'));
  const [pattern] = patterns;
  // One item may be called otherwise, as where two clients share one.
  const isOfAll = new Set(patterns).size === 1 && patterns.length * 2 > theirs.length;
  if (pattern !== undefined && isOfAll && ITEM.test(pattern)) return [['item', pattern]];
  const all = [...new Set(theirs.length > 0 ? theirs.map((each) => each.title) : keys.map(title).filter(isSaid))];
  return all.map((each) => [ID.test(each) ? 'itemId' : 'itemTitle', each]);
}

/** Whether a store of this `spec.provider` reads a vault that is served. */
export function isServed(provider: Readonly<Record<string, unknown>>): boolean {
  return own(provider, 'onepassword') !== undefined || own(provider, 'onepasswordSDK') !== undefined;
}

/** In the order in which a person finds them out. */
export const QUESTIONS: readonly VaultQuestion[] = [
  {
    key: 'connectHost',
    option: 'connect-host',
    asks: 'Address of the 1Password Connect server, as the worker reaches it?',
    hint: 'of the store of External Secrets, or of its Ingress',
    isNeeded: ({ kind }) => kind !== 'serviceAccount',
  },
  {
    key: 'vaultId',
    option: 'vault-id',
    asks: 'Id of the vault in 1Password?',
    hint: 'op vault list',
    isNeeded: () => true,
  },
  {
    key: 'itemTitle',
    option: 'item-title',
    asks: 'Title of the item in 1Password that holds the client secrets?',
    hint: 'as the ExternalSecret names it',
    isNeeded: ({ item }) => item === undefined,
  },
  {
    key: 'itemId',
    option: 'item-id',
    asks: 'Id of that item?',
    hint: 'op item get "<itemTitle>" --vault <vaultId> --format json, its field id',
    isNeeded: ({ item }) => item === undefined,
  },
];
