import { createHash, randomBytes } from 'node:crypto';

export interface StoredField {
  id?: string;
  label?: string;
  type?: string;
  purpose?: string;
  value?: string;
  section?: { id: string; label?: string };
  [other: string]: unknown;
}

/** An item as 1Password keeps it, in the words of Connect. */
export interface StoredItem {
  id: string;
  title: string;
  category: string;
  vault: { id: string; name?: string };
  version: number;
  fields: StoredField[];
  createdAt: string;
  updatedAt: string;
  [other: string]: unknown;
}

export interface VaultStoreOptions {
  readonly vault: { readonly id: string; readonly name: string };
  /** Whatever else an item is given here, as `sections`, `tags` or `urls`, it has from the start. */
  readonly items: readonly {
    readonly id: string;
    readonly title: string;
    readonly fields: readonly StoredField[];
    readonly [other: string]: unknown;
  }[];
}

export interface VaultLogEntry {
  readonly method: string;
  readonly path: string;
  readonly token: string;
}

/** One vault of 1Password, behind whatever reaches it: Connect servers, and service accounts. */
export class VaultStore {
  readonly vault: VaultStoreOptions['vault'];
  /** Every request that was answered. */
  readonly log: VaultLogEntry[] = [];
  /** Every concealed value that was ever written, for a search after what must not be elsewhere. */
  readonly concealed = new Set<string>();
  /** All versions of each item, the newest last, and when they came. */
  readonly #versions = new Map<string, { readonly item: StoredItem; readonly at: number }[]>();

  constructor({ vault, items }: VaultStoreOptions) {
    this.vault = vault;
    for (const item of items) {
      this.#remember(item.fields);
      const first: StoredItem = {
        category: 'SERVER',
        vault: { id: vault.id, name: vault.name },
        version: 1,
        lastEditedBy: 'PERSONAAAAAAAAAAAAAAAAAAAA',
        createdAt: new Date(0).toISOString(),
        updatedAt: new Date(0).toISOString(),
        ...structuredClone(item),
        fields: item.fields.map(withId),
      };
      this.#versions.set(item.id, [{ item: first, at: 0 }]);
    }
  }

  has(id: string): boolean {
    return this.#versions.has(id);
  }

  /** Items that are there for a reader who hears of a write so much later. */
  all(lagMs = 0): readonly StoredItem[] {
    const there = [...this.#versions].filter(([, [first]]) => (first?.at ?? 0) <= Date.now() - lagMs);
    return there.map(([id]) => this.get(id));
  }

  /** The newest version. */
  get(id: string): StoredItem {
    return this.seenBy(id, 0);
  }

  /** What a reader sees that hears of a write so much later. */
  seenBy(id: string, lagMs: number): StoredItem {
    const versions = this.#versions.get(id) ?? [];
    const found = versions.findLast(({ at }) => at <= Date.now() - lagMs) ?? versions[0];
    if (found === undefined) throw new TypeError(`no item ${id}`);
    return found.item;
  }

  /** Changes an item as a person in the app would. */
  edit(id: string, change: (item: StoredItem) => void): void {
    const item = structuredClone(this.get(id));
    change(item);
    this.write(item);
  }

  /** Duplicates an item as a person in the app would, who gives the copy a title. */
  duplicate(id: string, copy: Pick<StoredItem, 'id' | 'title'>): void {
    this.#versions.set(copy.id, [{ item: { ...structuredClone(this.get(id)), ...copy, version: 1 }, at: 0 }]);
  }

  /** Makes an item, as its first version, and what it has become. */
  create(item: Pick<StoredItem, 'title' | 'category' | 'fields'> & Partial<StoredItem>): StoredItem {
    const now = new Date().toISOString();
    const first: StoredItem = {
      ...structuredClone(item),
      id: randomBytes(13).toString('hex'),
      vault: { id: this.vault.id, name: this.vault.name },
      version: 1,
      fields: item.fields.map(withId),
      createdAt: now,
      updatedAt: now,
    };
    this.#remember(first.fields);
    this.#versions.set(first.id, [{ item: first, at: Date.now() }]);
    return first;
  }

  /** Deletes an item, with all of its versions. */
  remove(id: string): void {
    this.#versions.delete(id);
  }

  /** A new version of an item, and what it has become. */
  write(item: StoredItem): StoredItem {
    const next: StoredItem = {
      ...structuredClone(item),
      fields: item.fields.map(withId),
      version: this.get(item.id).version + 1,
      updatedAt: new Date().toISOString(),
    };
    this.#versions.get(item.id)?.push({ item: next, at: Date.now() });
    this.#remember(next.fields);
    return next;
  }

  /** Items with hashed values, without version and time. */
  snapshot(): unknown {
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
    return this.all().map(({ version: _version, updatedAt: _at, lastEditedBy: _by, ...item }) => ({
      ...item,
      fields: item.fields.map((field) => ({ ...field, value: hash(field.value ?? '') })),
    }));
  }

  #remember(fields: readonly StoredField[]): void {
    for (const { type, value } of fields) if (type === 'CONCEALED' && value) this.concealed.add(value);
  }
}

function withId(field: StoredField): StoredField {
  return { ...field, id: field.id ?? randomBytes(13).toString('hex') };
}
