import { NO_ATTEMPT } from '../attempt.ts';
import type { VaultConnection } from '../vault/vault.ts';
import { translated } from './connectErrors.ts';
import { ConnectHttp, notConnect } from './connectHttp.ts';
import { createConnectVault } from './connectVault.ts';
import { CATEGORY, type ItemHead, type Items } from './items.ts';
import { WriteQueue } from './writeQueue.ts';

export interface ConnectItemsOptions extends VaultConnection {
  readonly host: string;
  readonly vaultId: string;
}

/** The items of a vault through a Connect server: what `@1password/connect` has for this drops tags, so requests are our own. */
export function createConnectItems(options: ConnectItemsOptions): Items {
  const { host, vaultId, token, timeoutMs, attempt = NO_ATTEMPT } = options;
  const http = new ConnectHttp(timeoutMs, attempt);
  const queue = new WriteQueue();
  const base = `/v1/vaults/${encodeURIComponent(vaultId)}/items`;

  const ask = (method: string, path: string, data?: unknown): Promise<unknown> => askOf(http, method, path, data);

  async function askOf(by: ConnectHttp, method: string, path: string, data?: unknown): Promise<unknown> {
    const authToken = token.reveal();
    return (await by.request(method, new URL(path, host).href, { authToken, ...(data === undefined ? {} : { data }) }))
      .data;
  }

  return {
    ...options,
    async titled(title) {
      const what = `look for item "${title}"`;
      try {
        const rows = await ask('GET', `${base}?filter=${encodeURIComponent(`title eq "${title}"`)}`);
        if (!Array.isArray(rows) || !rows.every(isHead)) throw notConnect('answered with what is no list of items');
        // Titles are compared here, too: the filter is the server's, and may not tell upper case from lower.
        return rows.filter((row) => row.title === title).map(headOf);
      } catch (error) {
        throw translated(what, error);
      }
    },
    /** Connect looks at the token's right to write before it looks at the item (github.com/1Password/terraform-provider-onepassword#24). */
    async mayWrite() {
      try {
        await askOf(new ConnectHttp(timeoutMs, NO_ATTEMPT), 'POST', base, NO_ITEM);
        throw notConnect('took what is no item');
      } catch (error) {
        const refused = translated('see whether the token may write', error);
        // An item of no vault and no category is none that could be made.
        if (refused.status !== 400) throw refused;
      }
    },
    async create(title, tag) {
      try {
        const item = { vault: { id: vaultId }, title, category: CATEGORY, tags: [tag] };
        const made = await ask('POST', base, item);
        if (!isHead(made)) throw notConnect('answered with what is no item');
        return headOf(made);
      } catch (error) {
        throw translated(`make item "${title}"`, error);
      }
    },
    async remove(id) {
      try {
        await ask('DELETE', `${base}/${encodeURIComponent(id)}`);
      } catch (error) {
        const refused = translated('delete the item', error);
        if (refused.kind !== 'NotFound') throw refused;
      }
    },
    at: (itemId, itemTitle) => createConnectVault({ ...options, itemId, itemTitle, queue }),
  };
}

/** Connect's API requires `vault` and `category` of a new item. */
const NO_ITEM = {};

interface Row {
  readonly id: string;
  readonly title: string;
  readonly tags?: readonly string[];
}

function isHead(row: unknown): row is Row {
  const { id, title, tags = [] } = (row ?? {}) as Partial<Record<keyof Row, unknown>>;
  return typeof id === 'string' && typeof title === 'string' && Array.isArray(tags);
}

function headOf({ id, title, tags = [] }: Row): ItemHead {
  return { id, title, tags };
}
