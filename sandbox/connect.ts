import { createHash, randomBytes } from 'node:crypto';
import type { Faults } from './faults.ts';
import { startStandIn, type StandIn, type StandInAnswer, type StandInRequest } from './http.ts';

export interface ConnectField {
  id?: string;
  label?: string;
  type?: string;
  purpose?: string;
  value?: string;
  section?: { id: string; label?: string };
  [other: string]: unknown;
}

export interface ConnectItem {
  id: string;
  title: string;
  category: string;
  vault: { id: string; name?: string };
  version: number;
  fields: ConnectField[];
  createdAt: string;
  updatedAt: string;
  [other: string]: unknown;
}

export interface ConnectOptions {
  readonly faults: Faults;
  /** Bearer tokens, and whether they may write. */
  readonly tokens: Readonly<Record<string, { readonly write: boolean }>>;
  /** Tokens of controllers: no fault strikes them. */
  readonly exempt?: readonly string[];
  readonly vault: { readonly id: string; readonly name: string };
  /** Whatever else an item is given here, as `sections`, `tags` or `urls`, it has from the start. */
  readonly items: readonly {
    readonly id: string;
    readonly title: string;
    readonly fields: readonly ConnectField[];
    readonly [other: string]: unknown;
  }[];
  /** A write is visible to reads so much later. */
  readonly readLagMs?: number;
}

interface ConnectRequest {
  readonly method: string;
  readonly path: string;
  readonly token: string;
}

export interface ConnectStandIn extends StandIn {
  readonly log: readonly ConnectRequest[];
  item(id: string): ConnectItem;
  /** Changes an item as a person in the app would. */
  edit(id: string, change: (item: ConnectItem) => void): void;
  /** Items with hashed values, without version and time. */
  snapshot(): unknown;
  /** Every concealed value that was ever written, for a search after what must not be elsewhere. */
  secrets(): readonly string[];
}

/**
 * Stand-in for a 1Password Connect server, API v1 as its OpenAPI document (1.7.1) has it, one vault. Of the endpoints it
 * serves those that the job and External Secrets call.
 */
export async function startConnect(options: ConnectOptions): Promise<ConnectStandIn> {
  const state = new VaultState(options);
  const log: ConnectRequest[] = [];
  const standIn = await startStandIn({
    system: 'connect',
    faults: options.faults,
    ...(options.exempt === undefined ? {} : { exempt: options.exempt }),
    // Somebody writes just before the request does.
    conflict: (request) => {
      state.touch(request);
      return state.answer(request, tokenOf(request));
    },
    handle: (request) => {
      log.push({ method: request.method, path: request.path, token: tokenOf(request) });
      return state.answer(request, tokenOf(request));
    },
  });
  return {
    ...standIn,
    log,
    item: (id) => structuredClone(state.get(id)),
    edit: (id, change) => state.edit(id, change),
    snapshot: () => state.snapshot(),
    secrets: () => [...state.concealed],
  };
}

function tokenOf(request: StandInRequest): string {
  return (request.headers.authorization ?? '').replace(/^Bearer /, '');
}

function error(status: number, message: string): StandInAnswer {
  return { status, body: { status, message } };
}

class VaultState {
  readonly #options: ConnectOptions;
  readonly concealed = new Set<string>();
  readonly #items = new Map<string, ConnectItem>();
  /** What reads see until the lag is over. */
  readonly #old = new Map<string, { item: ConnectItem; until: number }>();

  constructor(options: ConnectOptions) {
    this.#options = options;
    for (const item of options.items) {
      this.#remember(item.fields);
      this.#items.set(item.id, {
        category: 'SERVER',
        vault: { id: options.vault.id, name: options.vault.name },
        version: 1,
        lastEditedBy: 'PERSONAAAAAAAAAAAAAAAAAAAA',
        createdAt: new Date(0).toISOString(),
        updatedAt: new Date(0).toISOString(),
        ...structuredClone(item),
        fields: item.fields.map(withId),
      });
    }
  }

  get(id: string): ConnectItem {
    const item = this.#items.get(id);
    if (item === undefined) throw new TypeError(`no item ${id}`);
    return item;
  }

  edit(id: string, change: (item: ConnectItem) => void): void {
    const item = structuredClone(this.get(id));
    change(item);
    this.#write(item);
  }

  /** A write of the item that a request names, which changes nothing but its version. */
  touch(request: StandInRequest): void {
    const id = decodeURIComponent(request.path.split('/')[5] ?? '');
    if (this.#items.has(id)) this.edit(id, () => undefined);
  }

  #remember(fields: readonly ConnectField[]): void {
    for (const { type, value } of fields) if (type === 'CONCEALED' && value) this.concealed.add(value);
  }

  snapshot(): unknown {
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
    return [...this.#items.values()].map(({ version: _version, updatedAt: _at, lastEditedBy: _by, ...item }) => ({
      ...item,
      fields: item.fields.map((field) => ({ ...field, value: hash(field.value ?? '') })),
    }));
  }

  answer(request: StandInRequest, token: string): StandInAnswer {
    if (request.path === '/heartbeat') return { status: 200, body: '.' };
    if (request.path === '/health') return { status: 200, body: { name: '1Password Connect API', version: '1.7.1' } };
    const access = this.#options.tokens[token];
    if (access === undefined) return error(401, 'Invalid token signature');
    const [, version, collection, vaultId, sub, itemId, ...rest] = request.path.split('/').map(decodeURIComponent);
    if (version !== 'v1' || collection !== 'vaults' || rest.length > 0) return error(404, 'not found');
    if (vaultId === undefined) return this.#vaults(request.query);
    if (vaultId !== this.#options.vault.id)
      return isUuid(vaultId) ? error(403, `vault ${vaultId} is not in scope`) : error(400, 'Invalid Vault UUID');
    if (sub === undefined) return { status: 200, body: this.#options.vault };
    if (sub !== 'items') return error(404, 'not found');
    return itemId === undefined ? this.#list(request.query) : this.#item(request, itemId, access.write);
  }

  #vaults(query: URLSearchParams): StandInAnswer {
    const { vault } = this.#options;
    // Connect documents `name`; External Secrets asks by `title`.
    return filtered(query, '(?:name|title)', [vault], ({ name }) => name);
  }

  #list(query: URLSearchParams): StandInAnswer {
    const heads = [...this.#items.values()].map(({ fields: _fields, sections: _sections, ...head }) => head);
    return filtered(query, 'title', heads, ({ title }) => title);
  }

  #item(request: StandInRequest, id: string, write: boolean): StandInAnswer {
    if (!this.#items.has(id)) return isUuid(id) ? error(404, `item ${id} not found`) : error(400, 'Invalid Item UUID');
    if (request.method === 'GET') return { status: 200, body: this.#visible(id) };
    if (request.method !== 'PUT') return error(405, 'method not allowed');
    if (!write) return error(403, `vault ${this.#options.vault.id} is not in scope`);
    const item = parsed(request.body);
    return item === undefined ? error(400, 'Invalid JSON') : this.#put(id, item);
  }

  /**
   * A PUT replaces the whole item: what it does not carry is gone; of `vault` and `category` alone is it required. What
   * only the server sets is taken from the server.
   */
  #put(id: string, item: Partial<ConnectItem>): StandInAnswer {
    const current = this.get(id);
    const { vault } = this.#options;
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
      body: this.#write({ ...next, vault: current.vault, lastEditedBy: 'CONNECT' } as ConnectItem),
    };
  }

  #write(item: ConnectItem): ConnectItem {
    const current = this.get(item.id);
    const lag = this.#options.readLagMs ?? 0;
    if (lag > 0) this.#old.set(item.id, { item: current, until: Date.now() + lag });
    const next: ConnectItem = {
      ...item,
      fields: item.fields.map(withId),
      version: current.version + 1,
      updatedAt: new Date().toISOString(),
    };
    this.#items.set(item.id, next);
    this.#remember(next.fields);
    return next;
  }

  #visible(id: string): ConnectItem {
    const old = this.#old.get(id);
    return old !== undefined && Date.now() < old.until ? old.item : this.get(id);
  }
}

function parsed(text: string): Partial<ConnectItem> | undefined {
  try {
    return JSON.parse(text) as Partial<ConnectItem>;
  } catch {
    return undefined;
  }
}

function isUuid(id: string): boolean {
  return /^[\da-z]{26}$/.test(id);
}

function withId(field: ConnectField): ConnectField {
  return { ...field, id: field.id ?? randomBytes(13).toString('hex') };
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
