import { escaped } from '../../core/base/words.ts';
import { providerName } from '../../core/vault/storeProviders.ts';
import type { VaultWords } from '../../core/vault/vaultWords.ts';
import type { PathSettings } from './settings.ts';

declare module '../../core/base/errors.ts' {
  interface VaultSystems {
    'Path vault': true;
  }
}

/** The path vault: a secret lies at `secret/data/oidc/<field>`, as the key `value`. */
export function pathVault({ mount, folder }: PathSettings): VaultWords {
  const reference = (field: string): string => `${mount}/data/${folder}/${field}#value`;
  const isRefTo = (remoteRef: unknown, field: string): boolean => fieldOf(remoteRef) === field;
  const fieldOf = (remoteRef: unknown): string | undefined => {
    const { key, property } = (remoteRef ?? {}) as { readonly key?: unknown; readonly property?: unknown };
    if (typeof key !== 'string' || property !== 'value' || !key.startsWith(`${folder}/`)) return undefined;
    return key.slice(folder.length + 1);
  };
  return {
    system: 'Path vault',
    place: `path "${mount}/${folder}"`,
    address: `Path vault ${mount}/${folder}`,
    destinations: [
      { name: 'vault.mount', value: mount },
      { name: 'vault.folder', value: folder },
    ],
    token: { variable: 'PATH_VAULT_TOKEN', of: 'the path vault' },
    reference,
    readCommand: (field) => `kv get ${reference(field)}`,
    isReadBy: (command, field) => command === `kv get ${reference(field)}`,
    readsByTool: (field) => new RegExp(`${escaped(`${mount}/data/${folder}/${field}`)}#`),
    remoteRef: (field) => ({ key: `${folder}/${field}`, property: 'value' }),
    isRefTo,
    isAllOf: () => false,
    unnamedStore: () => [],
    otherStore: (provider) => (provider['paths'] === undefined ? providerName(provider) : undefined),
    fieldOf,
  };
}
