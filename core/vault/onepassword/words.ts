import { own } from '../../base/own.ts';
import { escaped } from '../../base/words.ts';
import type { VaultWords } from '../vaultWords.ts';
import { otherStore } from './stores.ts';
import type { OnePasswordSettings } from './settings.ts';

declare module '../../base/errors.ts' {
  interface VaultSystems {
    '1Password': true;
  }
}

export const CONNECT_TOKEN: VaultWords['token'] = { variable: 'OP_CONNECT_TOKEN', of: 'the 1Password Connect server' };

/** 1Password: one item holds the secrets of all clients, a field each. */
export function onePassword(settings: OnePasswordSettings): VaultWords {
  const { kind, connectHost, vaultId, vaultName, itemId, itemTitle } = settings;
  const reference = (field: string): string => `op://${vaultId}/${itemId}/${field}`;
  return {
    system: '1Password',
    place: `item "${itemTitle}"`,
    address: `1Password item "${itemTitle}" (${itemId}) of vault ${vaultName ?? vaultId}`,
    destinations: [
      { name: 'vault.kind', value: kind, impliedBefore: 'connect' },
      { name: 'vault.connectHost', value: connectHost },
      { name: 'vault.vaultId', value: vaultId },
      { name: 'vault.itemId', value: itemId },
      { name: 'vault.itemTitle', value: itemTitle },
    ],
    token:
      kind === 'serviceAccount'
        ? { variable: 'OP_SERVICE_ACCOUNT_TOKEN', of: "1Password's service account" }
        : CONNECT_TOKEN,
    // Vault and item by id, for titles may hold what a reference cannot.
    reference,
    readCommand: (field) => `op read "${reference(field)}"`,
    isReadBy: (command, field) =>
      /\bop read\b/.test(command) && new RegExp(`/${escaped(field)}["']?\\s*$`).test(command),
    readsByTool: (field) => readsByTool([itemId, itemTitle], field),
    // External Secrets finds an item by its title.
    remoteRef: (field) => ({ key: itemTitle, property: field }),
    isRefTo: (remoteRef, field) => isRefTo([itemId, itemTitle], remoteRef, field),
    isAllOf: (key) => key === itemTitle || key === itemId,
    otherStore: (provider) => otherStore(settings, provider),
    fieldOf: (remoteRef) => partOf(remoteRef, 'property'),
  };
}

/** `op://vault/item/field`, a look-up with `field=`, or `op item get --fields label=`. */
function readsByTool(items: readonly string[], field: string): RegExp {
  const item = items.map(escaped).join('|');
  // What a variable stands for, nobody can tell from the line.
  const reference = String.raw`op://[^/\n]+/(?:${item}|[^/\n]*[{$][^/\n]*)/(?:[^/\s"']+/)?`;
  const option = String.raw`(?:field|label)=["']?`;
  return new RegExp(`(?:${reference}|${option})${escaped(field)}(?![A-Za-z0-9_.-])`);
}

/**
 * Item and field apart, as the provider of 1Password Connect has them, or as `<item>/[section/]<field>` with that of its SDK (External
 * Secrets' documentation, "1Password SDK").
 */
function isRefTo(items: readonly string[], remoteRef: unknown, field: string): boolean {
  const [key, property] = [partOf(remoteRef, 'key'), partOf(remoteRef, 'property')];
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
