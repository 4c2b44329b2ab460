import { OnePasswordConnect, type IRequestClient } from '@1password/connect';
import type { Secret } from '../../core/base/secret.ts';
import { NO_ATTEMPT } from '../attempt.ts';
import { translated } from './connectErrors.ts';
import { ConnectHttp, notConnect } from './connectHttp.ts';
import {
  describeConnectItem,
  isConnectItem,
  withConnectNote,
  withoutConnectField,
  type ConnectItem,
} from './connectItem.ts';
import { createItemVault, type ItemAddress, type ItemLibrary, type ItemVaultOptions } from './itemVault.ts';
import type { Vault, VaultConnection } from '../vault/vault.ts';
import type { ItemNote, VaultItem } from './item.ts';

export interface ConnectVaultOptions extends ItemAddress, VaultConnection, Pick<ItemVaultOptions, 'queue'> {
  readonly host: string;
}

/** The item through a 1Password Connect server. */
export function createConnectVault(options: ConnectVaultOptions): Vault {
  return createItemVault(new ConnectLibrary(options), { ...options, address: options });
}

/**
 * Reads go through `@1password/connect`. The library's models drop what they do not know, and its `updateItem` serialises by
 * them; so the item is taken as it came, and a write is a plain PUT of that, with one field changed.
 */
class ConnectLibrary implements ItemLibrary<ConnectItem> {
  readonly #options: ConnectVaultOptions;
  readonly #http: ConnectHttp;

  constructor(options: ConnectVaultOptions) {
    this.#options = options;
    this.#http = new ConnectHttp(options.timeoutMs, options.attempt ?? NO_ATTEMPT);
  }

  async get(what: string): Promise<ConnectItem> {
    const { host, token, vaultId, itemId } = this.#options;
    let raw: unknown;
    const httpClient: IRequestClient = {
      defaultTimeout: this.#http.defaultTimeout,
      request: async (...request) => {
        const answer = await this.#http.request(...request);
        raw = answer.data;
        return answer;
      },
    };
    try {
      const client = OnePasswordConnect({ serverURL: host, token: token.reveal(), httpClient });
      await client.getItemById(vaultId, itemId);
      return this.#item(raw);
    } catch (error) {
      throw translated(what, error);
    }
  }

  async put(what: string, item: ConnectItem): Promise<ConnectItem> {
    const { host, token, vaultId, itemId } = this.#options;
    const url = new URL(`/v1/vaults/${encodeURIComponent(vaultId)}/items/${encodeURIComponent(itemId)}`, host);
    try {
      const answer = await this.#http.request('PUT', url.href, { authToken: token.reveal(), data: item });
      return this.#item(answer.data);
    } catch (error) {
      throw translated(what, error);
    }
  }

  #item(data: unknown): ConnectItem {
    const { itemId } = this.#options;
    if (isConnectItem(data, itemId)) return data;
    throw notConnect(`answered with what is not item ${itemId}`);
  }

  describe(item: ConnectItem): VaultItem {
    return describeConnectItem(item);
  }

  withField(item: ConnectItem, label: string, value: Secret, shown: boolean): ConnectItem {
    const type = shown ? 'STRING' : 'CONCEALED';
    return { ...item, fields: [...(item.fields ?? []), { label, type, value: value.reveal() }] };
  }

  relabelled(item: ConnectItem, at: number, label: string): ConnectItem {
    return { ...item, fields: (item.fields ?? []).map((field, i) => (i === at ? { ...field, label } : field)) };
  }

  withoutField(item: ConnectItem, at: number): ConnectItem {
    return withoutConnectField(item, at);
  }

  withNote(item: ConnectItem, note: ItemNote): ConnectItem {
    return withConnectNote(item, note);
  }

  retexted(item: ConnectItem, at: number, text: string): ConnectItem {
    return { ...item, fields: (item.fields ?? []).map((field, i) => (i === at ? { ...field, value: text } : field)) };
  }
}
