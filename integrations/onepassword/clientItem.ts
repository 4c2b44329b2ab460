import { NO_ATTEMPT } from '../attempt.ts';
import type { Secret } from '../../core/base/secret.ts';
import type { ClientItem } from '../../core/vault/vaultWords.ts';
import type { ClientPlace, Vault, VaultContents, VaultEdits, WriteOptions } from '../vault/vault.ts';
import { counted } from './counted.ts';
import { madeBy, tagOf, type ItemHead, type Items } from './items.ts';
import { vaultError } from './vaultErrors.ts';

/** How long lists may lag behind an item that was made. */
const VISIBLE_MS = 20_000;
const LOOK_MS = 500;

/** The item of one client, found by its title each time: it may be made, and taken away, while the worker runs. */
export class ClientItemVault implements ClientPlace {
  readonly #items: Items;
  readonly #wanted: ClientItem;
  /** What was read, by what was handed out. */
  readonly #contents = new WeakMap<VaultContents, VaultContents>();

  constructor(items: Items, wanted: ClientItem) {
    this.#items = items;
    this.#wanted = wanted;
  }

  async read(): Promise<VaultContents> {
    const head = await this.#find();
    if (head === undefined) return { ...this.#empty, own: { id: undefined, madeBy: undefined } };
    const inner = await this.#at(head).read();
    const contents = { ...inner, own: { id: head.id, madeBy: madeBy(head) } };
    this.#contents.set(contents, inner);
    return contents;
  }

  async addField(label: string, value: Secret, { seen, makes, ...options }: WriteOptions = {}) {
    const head = await this.#writable();
    if (head === undefined && makes === undefined) throw this.#missing();
    const item = head ?? (await this.#make(makes ?? ''));
    return this.#at(item).addField(label, value, { ...options, ...this.#seen(seen) });
  }

  async change(edits: VaultEdits, { seen }: Pick<WriteOptions, 'seen'> = {}): Promise<{ changed: boolean }> {
    const head = await this.#writable();
    if (head === undefined) {
      if ((edits.relabel ?? []).length > 0 || (edits.notes ?? []).length > 0) throw this.#missing();
      return { changed: false };
    }
    return this.#at(head).change(edits, this.#seen(seen));
  }

  async removeField(label: string, fieldId?: string): Promise<{ removed: boolean }> {
    const head = await this.#writable();
    return head === undefined ? { removed: false } : this.#at(head).removeField(label, fieldId);
  }

  async removePlace(changeId?: string): Promise<{ removed: boolean; holds: readonly string[] }> {
    const head = await this.#find();
    const made = head === undefined ? undefined : madeBy(head);
    if (head === undefined || made?.client !== this.#wanted.client || (changeId ?? made.changeId) !== made.changeId)
      return { removed: false, holds: [] };
    const { fields, unwritable } = await this.#at(head).read();
    const holds = fields.filter(({ value }) => value.reveal() !== '').map(({ label }) => label);
    if (holds.length > 0 || unwritable !== undefined)
      return { removed: false, holds: holds.length > 0 ? holds : ['attachments'] };
    await counted(this.#items, 'write', () => this.#items.remove(head.id));
    return { removed: true, holds: [] };
  }

  /** The one item that is meant. Throws `Collision` where there are several of its title, and `NotFound` where the one of the id is gone. */
  async #find(): Promise<ItemHead | undefined> {
    const { title, id } = this.#wanted;
    const found = await counted(this.#items, 'read', () => this.#items.titled(title));
    if (found.length > 1)
      throw vaultError(
        'Collision',
        `the vault has ${found.length} items titled "${title}" (${found.map((each) => each.id).join(', ')})`,
        'Rename or remove all but the one of this client: ExternalSecrets find an item by its title.',
      );
    const [head] = found;
    if (id === undefined || head?.id === id) return head;
    throw vaultError(
      'NotFound',
      `item "${title}" is no longer the one of id ${id}`,
      'See in 1Password who renamed, replaced or removed it.',
    );
  }

  /** The item, where it may be written: by its id, or because the job made it for this client. */
  async #writable(): Promise<ItemHead | undefined> {
    const head = await this.#find();
    if (head === undefined || this.#wanted.id !== undefined || madeBy(head)?.client === this.#wanted.client)
      return head;
    throw vaultError(
      'Refused',
      `somebody has made an item "${head.title}" that the job did not make for client ${this.#wanted.client}`,
      'See whose it is, and rename it; or allow it under policy.items and start again.',
    );
  }

  /** Makes the item, and waits until lists show it: a retry finds its own work by the tag. */
  async #make(changeId: string): Promise<ItemHead> {
    const { title } = this.#wanted;
    const tag = tagOf({ client: this.#wanted.client, changeId });
    const made = await counted(this.#items, 'write', () => this.#items.create(title, tag));
    const until = Date.now() + VISIBLE_MS;
    while ((await this.#find()) === undefined) {
      if (Date.now() > until || !(await (this.#items.attempt ?? NO_ATTEMPT).pause(LOOK_MS)))
        throw vaultError('NotYet', `item "${title}" was made, and lists do not show it yet`, 'It is looked at again.');
    }
    return made;
  }

  #at({ id, title }: ItemHead): Vault {
    return this.#items.at(id, title);
  }

  #seen(contents: VaultContents | undefined): Pick<WriteOptions, 'seen'> {
    const inner = contents === undefined ? undefined : this.#contents.get(contents);
    return inner === undefined ? {} : { seen: inner };
  }

  get #empty(): VaultContents {
    const place = `item "${this.#wanted.title}"`;
    return { system: '1Password', place, updatedAt: undefined, fields: [], unwritable: undefined };
  }

  #missing(): Error {
    const { title } = this.#wanted;
    return vaultError(
      'NotFound',
      `the vault has no item titled "${title}" any more`,
      'See in 1Password who removed it.',
    );
  }
}
