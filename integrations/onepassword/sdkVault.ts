import { randomBytes } from 'node:crypto';
import type { Item } from '@1password/sdk';
import type { Secret } from '../../core/base/secret.ts';
import { createItemVault, type ItemAddress, type ItemLibrary, type ItemVaultOptions } from './itemVault.ts';
import { SdkSession, type OpenSdk, type SdkSessionOptions } from './sdkSession.ts';
import { describeSdkItem, isSdkItem, withoutSdkField, withSdkField, withSdkNote } from './sdkItem.ts';
import type { Vault } from '../vault/vault.ts';
import type { ItemNote, VaultItem } from './item.ts';

export type { OpenSdk };

export interface SdkVaultOptions extends ItemAddress, SdkSessionOptions, Pick<ItemVaultOptions, 'queue'> {}

/** The item through `@1password/sdk`, as a service account. */
export function createSdkVault(options: SdkVaultOptions, session = new SdkSession(options)): Vault {
  return createItemVault(new SdkLibrary(options, session), { ...options, address: options });
}

class SdkLibrary implements ItemLibrary<Item> {
  readonly #address: ItemAddress;
  readonly #session: SdkSession;

  constructor(address: ItemAddress, session: SdkSession) {
    this.#address = address;
    this.#session = session;
  }

  async get(what: string): Promise<Item> {
    const { vaultId, itemId } = this.#address;
    return this.#session.read(what, (client) => client.items.get(vaultId, itemId), this.#notItem);
  }

  async put(what: string, item: Item): Promise<Item> {
    this.#session.note(item);
    return this.#session.write(what, (client) => client.items.put(item), this.#notItem);
  }

  readonly #notItem = (answer: Item): string | undefined => {
    const { itemId } = this.#address;
    return isSdkItem(answer, itemId) ? undefined : `answered with what is not item ${itemId}`;
  };

  describe(item: Item): VaultItem {
    return describeSdkItem(item);
  }

  withField(item: Item, label: string, value: Secret, shown: boolean): Item {
    return withSdkField(item, { id: randomBytes(13).toString('hex'), title: label, value, shown });
  }

  relabelled(item: Item, at: number, label: string): Item {
    return { ...item, fields: item.fields.map((field, i) => (i === at ? { ...field, title: label } : field)) };
  }

  withoutField(item: Item, at: number): Item {
    return withoutSdkField(item, at);
  }

  withNote(item: Item, note: ItemNote): Item {
    return withSdkNote(item, randomBytes(13).toString('hex'), note);
  }

  retexted(item: Item, at: number, text: string): Item {
    return { ...item, fields: item.fields.map((field, i) => (i === at ? { ...field, value: text } : field)) };
  }
}
