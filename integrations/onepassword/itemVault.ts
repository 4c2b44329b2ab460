import { RegistrarError } from '../../core/base/errors.ts';
import type { Secret } from '../../core/base/secret.ts';
import { NO_ATTEMPT, type Attempt } from '../attempt.ts';
import type { Vault, VaultConnection, VaultContents, VaultEdits, WriteOptions } from '../vault/vault.ts';
import { contentsOf, editsIn } from './contents.ts';
import type { ItemField, ItemNote, VaultItem } from './item.ts';
import { counted } from './counted.ts';
import { WriteQueue } from './writeQueue.ts';
import { vaultError } from './vaultErrors.ts';

/** A write that lost a race is read again and repeated so often. */
const WRITE_TRIES = 4;
/** How long reads may lag behind a write before the activity is tried again. */
const VISIBLE_MS = 20_000;
/** Before the first repetition; twice as long before each further one. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * What a library of 1Password must do for the rules of this file. `I` is the item as the library gives it: it is carried from a
 * read to a write with all that this project knows nothing of. Both requests throw {@link RegistrarError}; a write that
 * fails for no reason that the library tells is `Failed`.
 */
export interface ItemLibrary<I> {
  get(what: string): Promise<I>;
  put(what: string, item: I): Promise<I>;
  /** The item in our words; its fields in the order of the library's own, for the changes name a field by its place. */
  describe(item: I): VaultItem;
  /** `shown`: as plain text, not concealed. */
  withField(item: I, label: string, value: Secret, shown: boolean): I;
  relabelled(item: I, at: number, label: string): I;
  withoutField(item: I, at: number): I;
  /** With one field more of plain text, in the section of this name, which is made where there is none. */
  withNote(item: I, note: ItemNote): I;
  /** With another text in the field at that place. */
  retexted(item: I, at: number, text: string): I;
}

export interface ItemAddress {
  readonly vaultId: string;
  readonly itemId: string;
  /** Title by which ExternalSecrets name the item. Checked, for two names of one thing drift apart. */
  readonly itemTitle: string;
}

export interface ItemVaultOptions extends Omit<VaultConnection, 'token' | 'timeoutMs'> {
  readonly address: ItemAddress;
  /** Queue of writes that the vault's other items share; one of its own where absent. */
  readonly queue?: WriteQueue;
}

/** The rules for the one item of client secrets, whatever library reaches it. */
export function createItemVault<I>(library: ItemLibrary<I>, options: ItemVaultOptions): Vault {
  return new ItemVault(library, options);
}

/** What a change makes of the item that was read: nothing to write, or an item to write. */
type Changed<I, R> = { readonly result: R } | { readonly item: I; readonly after: (saved: VaultItem) => R };

interface Reading<I> {
  readonly raw: I;
  readonly item: VaultItem;
  /** How many writes this worker had begun by then. */
  readonly epoch: number;
}

class ItemVault<I> implements Vault {
  readonly #library: ItemLibrary<I>;
  readonly #options: ItemVaultOptions;
  readonly #attempt: Attempt;
  readonly #queue: WriteQueue;
  /** Writes begun. What was read before one of them is not written back. */
  #epoch = 0;
  /** The newest version that was seen. A read that shows an older one comes from a server that lags behind. */
  #newest = 0;
  readonly #readings = new WeakMap<VaultContents, Reading<I>>();

  constructor(library: ItemLibrary<I>, options: ItemVaultOptions) {
    this.#library = library;
    this.#options = options;
    this.#attempt = options.attempt ?? NO_ATTEMPT;
    this.#queue = options.queue ?? new WriteQueue();
  }

  async read(): Promise<VaultContents> {
    const reading = await this.#read('read the item');
    const contents = contentsOf(reading.item);
    this.#readings.set(contents, reading);
    return contents;
  }

  async addField(label: string, value: Secret, options: WriteOptions = {}) {
    return this.#change<{ fieldId: string; added: boolean }>(
      `add field "${label}"`,
      ({ raw, item }) => {
        const at = placeOf(item, label);
        if (at !== undefined) return { result: { fieldId: idAt(item, at), added: false } };
        const { unless, shown = false } = options;
        if (unless !== undefined && placeOf(item, unless) !== undefined) {
          throw vaultError('Conflict', `item "${item.title}" has a field "${unless}" now`, 'It is looked at again.');
        }
        return {
          item: this.#library.withField(raw, label, value, shown),
          after: (saved) => ({ fieldId: idAt(saved, placeOf(saved, label)), added: true }),
        };
      },
      options.seen,
    );
  }

  async change(edits: VaultEdits, { seen }: Pick<WriteOptions, 'seen'> = {}): Promise<{ changed: boolean }> {
    return this.#change<{ changed: boolean }>(
      'change fields',
      (reading) => {
        const next = this.#edited(reading, edits);
        return next === undefined ? { result: { changed: false } } : { item: next, after: () => ({ changed: true }) };
      },
      seen,
    );
  }

  /** What several edits make of an item; undefined where it is so already. Everything else of the item stays as it is. */
  #edited({ raw, item }: Reading<I>, edits: VaultEdits): I | undefined {
    const library = this.#library;
    const { relabel, remove, notes } = editsIn(item, edits);
    let next = raw;
    for (const { fieldId, to } of relabel) {
      const at = item.fields.findIndex((field) => field.id === fieldId);
      if (at < 0) throw gone(item, fieldId);
      if (item.fields[at]?.label !== to) next = library.relabelled(next, at, to);
    }
    for (const fieldId of remove) {
      const at = library.describe(next).fields.findIndex((field) => field.id === fieldId);
      if (at >= 0) next = library.withoutField(next, at);
    }
    for (const { to } of relabel) assertOnce(library.describe(next), to);
    for (const note of notes) {
      const edited = library.describe(next);
      const at = placeOf(edited, note.label);
      if (at === undefined) next = library.withNote(next, note);
      else if (edited.fields[at]?.value.reveal() !== note.text) next = library.retexted(next, at, note.text);
    }
    return next === raw ? undefined : next;
  }

  async removeField(label: string, fieldId?: string): Promise<{ removed: boolean }> {
    return this.#change<{ removed: boolean }>(`remove field "${label}"`, ({ raw, item }) => {
      const at = placeOf(item, label);
      if (at === undefined || (fieldId !== undefined && idAt(item, at) !== fieldId))
        return { result: { removed: false } };
      return { item: this.#library.withoutField(raw, at), after: () => ({ removed: true }) };
    });
  }

  /** Reads, changes one field, writes; where somebody wrote in between all of it again, on what is there now. */
  async #change<R>(what: string, change: (reading: Reading<I>) => Changed<I, R>, seen?: VaultContents): Promise<R> {
    return this.#queue.run(async () => {
      let known = this.#stillGood(seen);
      for (let tries = 1, pauseMs = FIRST_PAUSE_MS; ; tries += 1, pauseMs *= 2) {
        const reading = known ?? (await this.#read(what));
        known = undefined;
        const changed = change(reading);
        if ('result' in changed) return changed.result;
        assertWritable(reading.item);
        try {
          const saved = await this.#put(what, changed.item);
          await this.#read(what);
          return changed.after(saved);
        } catch (error) {
          if (tries >= WRITE_TRIES || !(await this.#wasOvertaken(error, reading.item, what))) throw error;
          if (!(await this.#attempt.pause(pauseMs))) throw error;
        }
      }
    });
  }

  /** What was read before a write of ours, even one that failed, may be older than what is there. */
  #stillGood(seen: VaultContents | undefined): Reading<I> | undefined {
    const reading = seen === undefined ? undefined : this.#readings.get(seen);
    return reading?.epoch === this.#epoch ? reading : undefined;
  }

  /**
   * Reads until nothing older is shown than what was seen before: a read lags behind a write, and several Connect servers lag
   * apart. Whoever asks must not decide on an older item. Throws `NotYet` when that takes too long, or the attempt's time ends; a write that was before it is done, and its
   * repetition finds it.
   */
  async #read(what: string): Promise<Reading<I>> {
    const until = Date.now() + VISIBLE_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const epoch = this.#epoch;
      const raw = await counted(this.#options, 'read', () => this.#library.get(what));
      const item = this.#library.describe(raw);
      this.#assertTitle(item.title);
      if (item.version >= this.#newest) {
        this.#newest = item.version;
        return { raw, item, epoch };
      }
      if (Date.now() > until || !(await this.#attempt.pause(pauseMs))) {
        throw vaultError(
          'NotYet',
          `could not ${what}: reads show version ${item.version} of the item, version ${this.#newest} was there before`,
          'See the log of the Connect servers; they should follow 1Password within seconds.',
        );
      }
    }
  }

  async #put(what: string, raw: I): Promise<VaultItem> {
    this.#epoch += 1;
    const saved = this.#library.describe(await counted(this.#options, 'write', () => this.#library.put(what, raw)));
    this.#newest = Math.max(this.#newest, saved.version);
    return saved;
  }

  /**
   * Whether a write failed because somebody wrote since our read. Connect's published answers know no conflict: what has been
   * seen is a bare `400 Unable to update item`, as for an item that it finds invalid. The item's version tells the two
   * apart; a read may lag behind a write, so it is looked at for a while.
   */
  async #wasOvertaken(error: unknown, item: VaultItem, what: string): Promise<boolean> {
    if (!(error instanceof RegistrarError)) return false;
    if (error.kind === 'Conflict') return true;
    if (error.kind !== 'Failed') return false;
    for (let look = 1, pauseMs = FIRST_PAUSE_MS; look < WRITE_TRIES; look += 1, pauseMs *= 2) {
      if ((await this.#read(what)).item.version !== item.version) return true;
      if (!(await this.#attempt.pause(pauseMs))) return false;
    }
    return false;
  }

  #assertTitle(title: string): void {
    const { itemId, itemTitle } = this.#options.address;
    if (title === itemTitle) return;
    throw vaultError(
      'Refused',
      `item ${itemId} is titled "${title}", registrar.yaml says "${itemTitle}"`,
      'Correct vault.itemTitle or vault.itemId: ExternalSecrets find the item by its title.',
    );
  }
}

/**
 * Where the field of that label stands. Two of them are an error, in different sections too: External Secrets looks at the
 * label alone and could not tell them apart.
 */
function placeOf({ title, fields }: VaultItem, label: string): number | undefined {
  const found = fields.flatMap((field, at) => (field.label === label ? [at] : []));
  if (found.length <= 1) return found[0];
  const where = found.map((at) => sectionOf(fields[at])).join(', ');
  throw vaultError(
    'Collision',
    `item "${title}" has ${found.length} fields labelled "${label}" (${where})`,
    'Rename or remove all but one of them.',
  );
}

function assertOnce({ title, fields }: VaultItem, label: string): void {
  if (fields.filter((field) => field.label === label).length === 1) return;
  throw vaultError(
    'Collision',
    `item "${title}" has a field "${label}" already; it is not overwritten`,
    'See who made it; keep one of the two.',
  );
}

function gone({ title }: VaultItem, fieldId: string): RegistrarError {
  return vaultError(
    'NotFound',
    `item "${title}" has no field of id ${fieldId} any more`,
    'See who removed it in the item history.',
  );
}

function sectionOf(field: ItemField | undefined): string {
  const section = field?.section ?? '';
  return section === '' ? 'in no section' : `in section "${section}"`;
}

function idAt({ fields }: VaultItem, at: number | undefined): string {
  return at === undefined ? '' : (fields[at]?.id ?? '');
}

function assertWritable({ title, unwritable }: VaultItem): void {
  if (unwritable !== undefined) throw vaultError('Refused', `item "${title}" ${unwritable.why}`, unwritable.remedy);
}
