import { own } from '../../base/own.ts';
import { ITEM_TITLE } from '../../registration/schemaParts.ts';
import { escaped } from '../../base/words.ts';
import type { ClientItem, VaultWords } from '../vaultWords.ts';
import { otherStore, unnamedStore } from './stores.ts';
import type { OnePasswordSettings } from './settings.ts';

declare module '../../base/errors.ts' {
  interface VaultSystems {
    '1Password': true;
  }
}

const CONNECT_TOKEN: VaultWords['token'] = { variable: 'OP_CONNECT_TOKEN', of: 'the 1Password Connect server' };

/** 1Password: one item holds the secrets of all clients, a field each, or each client has an item. */
export function onePassword(settings: OnePasswordSettings, own?: ClientItem): VaultWords {
  const { kind, connectHost, vaultId, vaultName, itemId, itemTitle, item, storeProvider } = settings;
  const inOne = storeProvider === 'onepasswordSDK';
  const title = own?.title ?? itemTitle ?? item ?? '';
  const id = own === undefined ? itemId : own.id;
  // The id of a client's item is not known before somebody makes it, and its title takes no sign that a reference does not.
  const key = own === undefined ? (itemId ?? title) : title;
  const names = id === undefined ? [title] : [id, title];
  const reference = (field: string): string => `op://${vaultId}/${key}/${field}`;
  return {
    system: '1Password',
    place: `item "${title}"`,
    address: `1Password item "${title}"${id === undefined ? '' : ` (${id})`} of vault ${vaultName ?? vaultId}`,
    destinations: [
      { name: 'vault.kind', value: kind, impliedBefore: 'connect' },
      { name: 'vault.connectHost', value: connectHost },
      { name: 'vault.vaultId', value: vaultId },
      { name: 'vault.itemId', value: itemId },
      { name: 'vault.itemTitle', value: itemTitle },
      { name: 'vault.item', value: item },
    ],
    own: { pattern: item },
    token:
      kind === 'serviceAccount'
        ? { variable: 'OP_SERVICE_ACCOUNT_TOKEN', of: "1Password's service account" }
        : CONNECT_TOKEN,
    // Vault and item by id, for titles may hold what a reference cannot.
    reference,
    readCommand: (field) => `op read "${reference(field)}"`,
    isReadBy: (command, field) =>
      /\bop read\b/.test(command) && new RegExp(`${referenceTo(names)}${escaped(field)}["']?\\s*$`).test(command),
    readsByTool: (field) => readsByTool(names, field, own !== undefined),
    // External Secrets finds an item by its title.
    // One of the SDK is a reference without the vault, which takes fewer signs than a title may have.
    remoteRef: (field) =>
      inOne ? { key: `${ITEM_TITLE.test(title) ? title : key}/${field}` } : { key: title, property: field },
    isRefTo: (remoteRef, field) => isRefTo(names, remoteRef, field, inOne),
    isAllOf: (key) => names.includes(key),
    otherStore: (provider) => otherStore(settings, provider),
    unnamedStore: (provider) => unnamedStore(settings, provider),
    fieldOf: (remoteRef) =>
      inOne ? /^[^/]+\/(?:[^/]+\/)?([^/]+)$/.exec(partOf(remoteRef, 'key') ?? '')?.[1] : partOf(remoteRef, 'property'),
  };
}

/** The beginning of a reference to a field of one of these items, a section included. What a variable stands for, nobody can tell from the line. */
function referenceTo(items: readonly string[]): string {
  return String.raw`op://[^/\n]+/(?:${items.map(escaped).join('|')}|[^/\n]*[{$][^/\n]*)/(?:[^/\s"']+/)?`;
}

/**
 * `op://vault/item/field`, a look-up with `field=`, or `op item get --fields label=`. Those of several items may be called alike: then
 * (`named`) a look-up must name the item before.
 */
function readsByTool(items: readonly string[], field: string, named: boolean): RegExp {
  const reference = referenceTo(items);
  const item = named ? String.raw`(?<![A-Za-z0-9._-])(?:${items.map(escaped).join('|')})(?![A-Za-z0-9._-]).*` : '';
  const option = String.raw`${item}(?:field|label)=["']?`;
  return new RegExp(`(?:${reference}|${option})${escaped(field)}(?![A-Za-z0-9_.-])`);
}

/**
 * Item and field apart, as the provider of 1Password Connect has them, or as `<item>/[section/]<field>` with that of its SDK (External
 * Secrets' documentation, "1Password SDK").
 */
function isRefTo(items: readonly string[], remoteRef: unknown, field: string, inOne: boolean): boolean {
  // The SDK's provider looks at the key alone.
  const [key, property] = [partOf(remoteRef, 'key'), inOne ? undefined : partOf(remoteRef, 'property')];
  if (key === undefined) return false;
  return items.some((item) =>
    property === undefined
      ? key.startsWith(`${item}/`) && key.endsWith(`/${field}`)
      : key === item && property === field,
  );
}

function partOf(remoteRef: unknown, name: 'key' | 'property'): string | undefined {
  const found =
    typeof remoteRef === 'object' ? own(remoteRef as Readonly<Record<string, unknown>> | null, name) : undefined;
  return typeof found === 'string' ? found : undefined;
}
