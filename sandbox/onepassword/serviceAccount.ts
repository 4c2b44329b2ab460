import {
  ItemCategory,
  ItemFieldType,
  RateLimitExceededError,
  type Client,
  type Item,
  type ItemCreateParams,
  type ItemOverview,
} from '@1password/sdk';
import type { Faults } from '../faults/faults.ts';
import { sleep } from '../kit/loop.ts';
import { categoryOf, merged, toSdkItem, toSdkOverview } from './sdkItems.ts';
import type { VaultStore } from './vaultStore.ts';

export interface ServiceAccountOptions {
  /** The faults of `connect` strike here too: behind both stands the one service. */
  readonly faults: Faults;
  readonly store: VaultStore;
  /** Tokens of service accounts, and whether they may write. */
  readonly tokens: Readonly<Record<string, { readonly write: boolean }>>;
  /** A write is visible to reads so much later; several numbers take turns. */
  readonly readLagMs?: number | readonly number[];
}

type Items = Pick<Client['items'], 'get' | 'put' | 'delete'> & {
  create(params: ItemCreateParams): Promise<Item>;
  list(vaultId: string): Promise<ItemOverview[]>;
};

/** What the double must be: the part of the library's own client that the job uses. */
export interface ServiceAccountClient {
  readonly items: Items;
}

/**
 * Double of `@1password/sdk` 0.5.0, whose service cannot be stood in for: it signs in and encrypts from end to end. The types
 * are the library's own. What it refuses, and in which words, is what stands in the library's core and in its issue tracker.
 */
export async function openServiceAccount(options: ServiceAccountOptions, token: string): Promise<ServiceAccountClient> {
  const access = options.tokens[token];
  if (access === undefined)
    throw new Error(
      'invalid service account token, please make sure you provide a valid service account token as parameter',
    );
  return { items: new ItemsDouble(options, token, access.write) };
}

class ItemsDouble implements Items {
  readonly #options: ServiceAccountOptions;
  readonly #token: string;
  readonly #write: boolean;
  readonly #lags: readonly number[];
  #reads = 0;

  constructor(options: ServiceAccountOptions, token: string, write: boolean) {
    this.#options = options;
    this.#token = token;
    this.#write = write;
    this.#lags = [options.readLagMs ?? 0].flat();
  }

  async get(vaultId: string, itemId: string): Promise<Item> {
    return this.#answered('GET', vaultId, itemId, '', () => {
      this.#assertThere(vaultId, itemId);
      return toSdkItem(this.#options.store.seenBy(itemId, this.#lag()));
    });
  }

  async put(given: Item): Promise<Item> {
    const item = acrossTheBorder(given);
    return this.#answered('PUT', item.vaultId, item.id, JSON.stringify(item), () => {
      this.#assertThere(item.vaultId, item.id);
      this.#assertWrites();
      const { store } = this.#options;
      const current = store.get(item.id);
      assertEditable(item, toSdkItem(current));
      if (item.version !== current.version)
        throw new Error('The submitted item is not up to date. Refetch the item and retry the request.');
      return toSdkItem(store.write({ ...merged(current, item), lastEditedBy: 'SERVICEACCOUNT' }));
    });
  }

  async list(vaultId: string): Promise<ItemOverview[]> {
    return this.#asked('GET', vaultId, '', '', () => {
      this.#assertVault(vaultId);
      return this.#options.store.all(this.#lag()).map(toSdkOverview);
    });
  }

  async create(params: ItemCreateParams): Promise<Item> {
    return this.#answered('POST', params.vaultId, '', JSON.stringify(params), () => {
      this.#assertVault(params.vaultId);
      this.#assertWrites();
      const { title, tags = [] } = params;
      if (title === '') throw new Error('invalid user input: encountered the following errors: title is empty');
      const category = categoryOf(params.category);
      const made = { title, category, tags, fields: [], lastEditedBy: 'SERVICEACCOUNT' };
      return toSdkItem(this.#options.store.create(made));
    });
  }

  async delete(vaultId: string, itemId: string): Promise<void> {
    return this.#asked('DELETE', vaultId, itemId, '', () => {
      this.#assertThere(vaultId, itemId);
      this.#assertWrites();
      this.#options.store.remove(itemId);
    });
  }

  #lag(): number {
    const lag = this.#lags[this.#reads % this.#lags.length] ?? 0;
    this.#reads += 1;
    return lag;
  }

  #assertWrites(): void {
    if (!this.#write) throw new Error("you don't have the right permissions to access this resource");
  }

  #assertVault(vaultId: string): void {
    if (vaultId !== this.#options.store.vault.id) throw new Error('resource not found');
  }

  #assertThere(vaultId: string, itemId: string): void {
    if (![vaultId, itemId].every((id) => /^[\da-z]{26}$/.test(id)))
      throw new Error('the provided ID is not in a valid format');
    const { store } = this.#options;
    if (vaultId !== store.vault.id || !store.has(itemId)) throw new Error('resource not found');
  }

  /** What the service does with a request, and what the faults make of it. */
  async #answered(method: string, vaultId: string, itemId: string, body: string, work: () => Item): Promise<Item> {
    return acrossTheBorder(await this.#asked(method, vaultId, itemId, body, work));
  }

  async #asked<R>(method: string, vaultId: string, itemId: string, body: string, work: () => R): Promise<R> {
    const { faults, store } = this.#options;
    const path = `/v1/vaults/${vaultId}/items${itemId === '' ? '' : `/${itemId}`}`;
    const effect = faults.strike('connect', { method, path, body });
    if (effect?.kind === 'hang') return new Promise(() => undefined);
    if (effect?.kind === 'delay') await sleep(effect.ms);
    if (effect?.kind === 'error') throw errorOf(effect.status);
    // Somebody writes just before the request does.
    if (effect?.kind === 'conflict' && store.has(itemId)) store.edit(itemId, () => undefined);
    else store.log.push({ method, path, token: this.#token });
    const answer = work();
    if (effect?.kind === 'loseAnswer' || effect?.kind === 'spoil') throw new Error('request timeout');
    return answer;
  }
}

/** The library's core takes and gives JSON: nothing of an item is shared. Times are dates again on this side. */
function acrossTheBorder(item: Item): Item {
  const copy = JSON.parse(JSON.stringify(item)) as Item;
  return { ...copy, createdAt: new Date(copy.createdAt), updatedAt: new Date(copy.updatedAt) };
}

/** The words of the core where the service answered a status. */
function errorOf(status: number): Error {
  if (status === 401) return new Error('you are not authenticated');
  if (status === 403) return new Error("you don't have the right permissions to access this resource");
  if (status === 404) return new Error('resource not found');
  if (status === 409)
    return new Error('a conflict occurred on the server. this usually happens due to a race condition');
  if (status === 429) return new RateLimitExceededError('rate limit exceeded');
  if (status >= 500) return new Error('internal server error');
  return new Error('an unexpected error occurred');
}

/** Checked before anything is sent. */
function assertEditable(item: Item, current: Item): void {
  const refuse = (why: string): never => {
    throw new Error(`invalid user input: encountered the following errors: ${why}`);
  };
  const unsupported = [...item.fields, ...current.fields].some(
    (field) => field.fieldType === ItemFieldType.Unsupported,
  );
  if (unsupported || current.category === ItemCategory.Unsupported)
    refuse(`cannot update item ${item.id}. Editing is not supported for unsupported fields`);
  if (item.tags.some((tag) => !/^[\x20-\x7e]*$/.test(tag))) refuse('tags list contains non-ascii characters');
  if (item.tags.some((tag) => tag.trim() === '')) refuse('tags list contains one or more empty tags(s)');
  if (new Set(item.tags).size < item.tags.length) refuse('tags list contains duplicate tags(s)');
  const sectionIds = item.sections.map((section) => section.id);
  if (new Set(sectionIds).size < sectionIds.length)
    refuse('item contained duplicate section ids. Make sure every id is unique.');
  const fieldIds = item.fields.map((field) => field.id);
  if (new Set(fieldIds).size < fieldIds.length)
    refuse('item contained duplicate field ids. Make sure every id is unique.');
  for (const { id, sectionId } of item.fields) {
    if (sectionId !== undefined && !sectionIds.includes(sectionId))
      refuse(`field ${id} was linked to section id '${sectionId}', but no section with this id exists`);
  }
  for (const id of sectionIds) {
    if (!/^[\w.\- ]*$/.test(id))
      refuse(`section id '${id}' must contain only alphanumeric characters or -, _, . and the whitespace character.`);
  }
  const websites = item.category === ItemCategory.Login || item.category === ItemCategory.Password;
  if (item.websites.length > 0 && !websites)
    refuse('Only items with a Login or Password category can contain websites for autofilling');
}
