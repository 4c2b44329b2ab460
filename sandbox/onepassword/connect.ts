import type { Faults } from '../faults/faults.ts';
import { startStandIn, type StandIn, type StandInAnswer, type StandInRequest } from '../kit/http.ts';
import { VaultStore, type StoredItem, type VaultLogEntry, type VaultStoreOptions } from './vaultStore.ts';

export interface ConnectOptions extends VaultStoreOptions {
  readonly faults: Faults;
  /** Bearer tokens, and whether they may write. */
  readonly tokens: Readonly<Record<string, { readonly write: boolean }>>;
  /** Tokens of controllers: no fault strikes them. */
  readonly exempt?: readonly string[];
  /** A write is visible to reads so much later; of several servers behind one address each has its own, and they take turns. */
  readonly readLagMs?: number | readonly number[];
}

export interface ConnectStandIn extends StandIn {
  readonly log: readonly VaultLogEntry[];
  /** The vault itself, for others that reach it. */
  readonly store: VaultStore;
  item(id: string): StoredItem;
  /** Changes an item as a person in the app would. */
  edit(id: string, change: (item: StoredItem) => void): void;
  snapshot(): unknown;
  secrets(): readonly string[];
}

/**
 * Stand-in for a 1Password Connect server, API v1 as its OpenAPI document (1.7.1) has it, one vault. Of the endpoints it
 * serves those that the job and External Secrets call.
 */
export async function startConnect(options: ConnectOptions): Promise<ConnectStandIn> {
  const store = new VaultStore(options);
  const server = new Connect(store, options);
  const standIn = await startStandIn({
    system: 'connect',
    faults: options.faults,
    ...(options.exempt === undefined ? {} : { exempt: options.exempt }),
    // Somebody writes just before the request does.
    conflict: (request) => {
      server.touch(request);
      return server.answer(request, tokenOf(request));
    },
    handle: (request) => {
      store.log.push({ method: request.method, path: request.path, token: tokenOf(request) });
      return server.answer(request, tokenOf(request));
    },
  });
  return {
    ...standIn,
    log: store.log,
    store,
    item: (id) => structuredClone(store.get(id)),
    edit: (id, change) => store.edit(id, change),
    snapshot: () => store.snapshot(),
    secrets: () => [...store.concealed],
  };
}

function tokenOf(request: StandInRequest): string {
  return (request.headers.authorization ?? '').replace(/^Bearer /, '');
}

function error(status: number, message: string): StandInAnswer {
  return { status, body: { status, message } };
}

class Connect {
  readonly #store: VaultStore;
  readonly #options: ConnectOptions;
  readonly #lags: readonly number[];
  #reads = 0;

  constructor(store: VaultStore, options: ConnectOptions) {
    this.#store = store;
    this.#options = options;
    this.#lags = [options.readLagMs ?? 0].flat();
  }

  /** A write of the item that a request names, which changes nothing but its version. */
  touch(request: StandInRequest): void {
    const id = decodeURIComponent(request.path.split('/')[5] ?? '');
    if (this.#store.has(id)) this.#store.edit(id, () => undefined);
  }

  answer(request: StandInRequest, token: string): StandInAnswer {
    if (request.path === '/heartbeat') return { status: 200, body: '.' };
    if (request.path === '/health') return { status: 200, body: { name: '1Password Connect API', version: '1.7.1' } };
    const access = this.#options.tokens[token];
    if (access === undefined) return error(401, 'Invalid token signature');
    const [, version, collection, vaultId, sub, itemId, ...rest] = request.path.split('/').map(decodeURIComponent);
    if (version !== 'v1' || collection !== 'vaults' || rest.length > 0) return error(404, 'not found');
    if (vaultId === undefined) return this.#vaults(request.query);
    if (vaultId !== this.#store.vault.id)
      return isUuid(vaultId) ? error(403, `vault ${vaultId} is not in scope`) : error(400, 'Invalid Vault UUID');
    if (sub === undefined) return { status: 200, body: this.#store.vault };
    if (sub !== 'items') return error(404, 'not found');
    if (itemId !== undefined) return this.#item(request, itemId, access.write);
    return request.method === 'POST' ? this.#create(request, access.write) : this.#list(request.query);
  }

  #vaults(query: URLSearchParams): StandInAnswer {
    const { vault } = this.#store;
    // Connect documents `name`; External Secrets asks by `title`.
    return filtered(query, '(?:name|title)', [vault], ({ name }) => name);
  }

  #list(query: URLSearchParams): StandInAnswer {
    const heads = this.#store.all(this.#lag()).map(({ fields: _fields, sections: _sections, ...head }) => head);
    return filtered(query, 'title', heads, ({ title }) => title);
  }

  /** Of a POST the vault, the category and a title are required; id and version are the server's. */
  #create({ body }: StandInRequest, write: boolean): StandInAnswer {
    const { vault } = this.#store;
    if (!write) return error(403, `vault ${vault.id} is not in scope`);
    const item = parsed(body);
    if (item === undefined) return error(400, 'Invalid JSON');
    if (item.vault?.id !== vault.id) return error(400, 'The vault of the body is not the one of the path');
    const { title = '', category, fields = [] } = item;
    if (category === undefined || !/^[A-Z_]+$/.test(category)) return error(400, 'Invalid item category');
    return { status: 200, body: this.#store.create({ ...item, title, category, fields, lastEditedBy: 'CONNECT' }) };
  }

  #item(request: StandInRequest, id: string, write: boolean): StandInAnswer {
    if (!this.#store.has(id)) return isUuid(id) ? error(404, `item ${id} not found`) : error(400, 'Invalid Item UUID');
    if (request.method === 'GET') return { status: 200, body: this.#visible(id) };
    if (request.method === 'DELETE') {
      if (!write) return error(403, `vault ${this.#store.vault.id} is not in scope`);
      this.#store.remove(id);
      return { status: 204 };
    }
    if (request.method !== 'PUT') return error(405, 'method not allowed');
    if (!write) return error(403, `vault ${this.#store.vault.id} is not in scope`);
    const item = parsed(request.body);
    return item === undefined ? error(400, 'Invalid JSON') : this.#put(id, item);
  }

  /**
   * A PUT replaces the whole item: what it does not carry is gone; of `vault` and `category` alone is it required. What
   * only the server sets is taken from the server.
   */
  #put(id: string, item: Partial<StoredItem>): StandInAnswer {
    const current = this.#store.get(id);
    const { vault } = this.#store;
    if (item.vault?.id !== vault.id || (item.id !== undefined && item.id !== id))
      return error(400, 'The item or vault of the body is not the one of the path');
    if (item.category !== current.category) return error(400, 'Invalid item category');
    // Of a version that somebody wrote over, or of fields that its validator refuses, Connect says no more than this.
    const refused = error(400, `Unable to update item "${current.title}" in Vault "${vault.id}"`);
    if (item.version !== undefined && item.version !== current.version) return refused;
    const fields = item.fields ?? [];
    const ids = fields.map((field) => field.id).filter((each) => each !== undefined);
    const purposes = fields.map((field) => field.purpose ?? '').filter((each) => each !== '');
    if (new Set(ids).size < ids.length || new Set(purposes).size < purposes.length) return refused;
    const { createdAt, state } = current;
    const next = { ...item, id, title: item.title ?? '', category: current.category, fields, createdAt, state };
    return {
      status: 200,
      body: this.#store.write({ ...next, vault: current.vault, lastEditedBy: 'CONNECT' } as StoredItem),
    };
  }

  #visible(id: string): StoredItem {
    return this.#store.seenBy(id, this.#lag());
  }

  /** That of the server whose turn it is. */
  #lag(): number {
    const lag = this.#lags[this.#reads % this.#lags.length] ?? 0;
    this.#reads += 1;
    return lag;
  }
}

function parsed(text: string): Partial<StoredItem> | undefined {
  try {
    return JSON.parse(text) as Partial<StoredItem>;
  } catch {
    return undefined;
  }
}

function isUuid(id: string): boolean {
  return /^[\da-z]{26}$/.test(id);
}

/** `name eq "x"`, the one SCIM filter that Connect documents; another one is answered 400. `field` is a regular expression. */
function filtered<T>(
  query: URLSearchParams,
  field: string,
  rows: readonly T[],
  nameOf: (row: T) => string,
): StandInAnswer {
  const filter = query.get('filter');
  if (filter === null) return { status: 200, body: rows };
  const wanted = new RegExp(`^${field} eq "(.*)"$`, 's').exec(filter)?.[1];
  if (wanted === undefined) return error(400, 'Invalid filter');
  return { status: 200, body: rows.filter((row) => nameOf(row) === wanted) };
}
