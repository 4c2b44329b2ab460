import { createHash, randomBytes } from 'node:crypto';
import type { Faults } from './faults.ts';
import { startStandIn, type StandIn, type StandInAnswer, type StandInRequest } from './http.ts';
import { jsonPatch } from './kubernetes/patch.ts';

export interface ConnectField {
  id?: string;
  label?: string;
  type?: string;
  value?: string;
  section?: { id: string; label?: string };
  [other: string]: unknown;
}

export interface ConnectItem {
  id: string;
  title: string;
  category: string;
  vault: { id: string };
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
  readonly items: readonly { readonly id: string; readonly title: string; readonly fields: readonly ConnectField[] }[];
  /** A write is visible to reads so much later. */
  readonly readLagMs?: number;
}

export interface ConnectRequest {
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

/** Stand-in for a 1Password Connect server, API v1, one vault. */
export async function startConnect(options: ConnectOptions): Promise<ConnectStandIn> {
  const state = new VaultState(options);
  const log: ConnectRequest[] = [];
  const standIn = await startStandIn({
    system: 'connect',
    faults: options.faults,
    ...(options.exempt === undefined ? {} : { exempt: options.exempt }),
    conflict: () => error(409, 'item version conflict: the item was changed by another client'),
    handle: (request) => {
      const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
      log.push({ method: request.method, path: request.path, token });
      return state.answer(request, token);
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

function error(status: number, message: string): StandInAnswer {
  return { status, body: { status, message } };
}

class VaultState {
  readonly #options: ConnectOptions;
  readonly #items = new Map<string, ConnectItem>();
  readonly concealed = new Set<string>();
  /** What reads see until the lag is over. */
  readonly #old = new Map<string, { item: ConnectItem; until: number }>();

  constructor(options: ConnectOptions) {
    this.#options = options;
    for (const item of options.items) {
      this.#remember(item.fields);
      this.#items.set(item.id, {
        id: item.id,
        title: item.title,
        category: 'SERVER',
        vault: { id: options.vault.id },
        version: 1,
        fields: item.fields.map(withId),
        createdAt: new Date(0).toISOString(),
        updatedAt: new Date(0).toISOString(),
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

  snapshot(): unknown {
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
    return [...this.#items.values()].map(({ version: _version, updatedAt: _updated, ...item }) => ({
      ...item,
      fields: item.fields.map((field) => ({ ...field, value: hash(field.value ?? '') })),
    }));
  }

  answer(request: StandInRequest, token: string): StandInAnswer {
    if (request.path === '/heartbeat') return { status: 200, body: '.' };
    if (request.path === '/health') return { status: 200, body: { name: '1Password Connect API', version: '1.7.3' } };
    const access = this.#options.tokens[token];
    if (access === undefined) return error(401, 'Invalid token signature');
    const [, version, collection, vaultId, sub, itemId] = request.path.split('/');
    if (version !== 'v1' || collection !== 'vaults') return error(404, 'not found');
    if (vaultId === undefined) return this.#vaults(request.query);
    if (decodeURIComponent(vaultId) !== this.#options.vault.id)
      return error(403, 'Authorization: token does not have access to the vault');
    if (sub === undefined) return { status: 200, body: this.#options.vault };
    if (itemId === undefined) return this.#list(request.query);
    return this.#item(request, decodeURIComponent(itemId), access.write);
  }

  #vaults(query: URLSearchParams): StandInAnswer {
    const name = filtered(query, 'name');
    const { vault } = this.#options;
    return { status: 200, body: name === undefined || name === vault.name ? [vault] : [] };
  }

  #list(query: URLSearchParams): StandInAnswer {
    const title = filtered(query, 'title');
    const found = [...this.#items.values()].filter((item) => title === undefined || item.title === title);
    return { status: 200, body: found.map(({ fields: _fields, ...head }) => head) };
  }

  #item(request: StandInRequest, id: string, write: boolean): StandInAnswer {
    if (!this.#items.has(id)) return error(404, 'item not found');
    if (request.method === 'GET') return { status: 200, body: this.#visible(id) };
    if (!write) return error(403, 'Authorization: token does not have write access to the vault');
    if (request.method === 'PUT') return this.#put(id, JSON.parse(request.body) as ConnectItem);
    if (request.method === 'PATCH') {
      const patched = jsonPatch(
        this.get(id),
        JSON.parse(request.body) as Parameters<typeof jsonPatch>[1],
      ) as ConnectItem;
      return { status: 200, body: this.#write(patched) };
    }
    return error(405, 'method not allowed');
  }

  /** A PUT replaces the whole item: what it does not carry is gone. An older version is a conflict. */
  #put(id: string, item: ConnectItem): StandInAnswer {
    const current = this.get(id);
    if (item.id !== id || item.vault?.id !== current.vault.id)
      return error(400, 'the item ID or vault ID of the body does not match the path');
    if (item.version !== undefined && item.version !== current.version)
      return error(409, `item version conflict: expected ${current.version}`);
    return { status: 200, body: this.#write({ ...item, createdAt: current.createdAt }) };
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

  #remember(fields: readonly ConnectField[]): void {
    for (const { type, value } of fields) if (type === 'CONCEALED' && value) this.concealed.add(value);
  }

  #visible(id: string): ConnectItem {
    const old = this.#old.get(id);
    return old !== undefined && Date.now() < old.until ? old.item : this.get(id);
  }
}

function withId(field: ConnectField): ConnectField {
  return { ...field, id: field.id ?? randomBytes(13).toString('hex') };
}

/** `name eq "x"`, the one filter that Connect knows. */
function filtered(query: URLSearchParams, field: string): string | undefined {
  return new RegExp(`^${field} eq "(.*)"$`).exec(query.get('filter') ?? '')?.[1];
}
