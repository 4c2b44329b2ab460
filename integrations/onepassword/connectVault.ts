import { OnePasswordConnect } from '@1password/connect';
import { RegistrarError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import { translated, vaultError } from './connectErrors.ts';
import { ConnectHttp } from './connectHttp.ts';
import { edited } from './edits.ts';
import { assertWhole, labelled, toField, type RawField, type RawItem } from './rawItem.ts';
import type { Vault, VaultEdits, VaultItem } from './vault.ts';

export interface ConnectVaultOptions {
  readonly host: string;
  readonly token: Secret;
  readonly vaultId: string;
  readonly itemId: string;
  /** Title by which ExternalSecrets name the item. Checked, for two names of one thing drift apart. */
  readonly itemTitle: string;
  readonly timeoutMs: number;
}

/** A write that lost a race is read again and repeated so often. */
const WRITE_TRIES = 4;
/** How long reads may lag behind a write before the activity is tried again. */
const VISIBLE_MS = 20_000;
const LAGGING = 'See the log of the Connect server; it should follow 1Password within seconds.';
/** Before the first repetition; twice as long before each further one. */
const FIRST_PAUSE_MS = 100;

/**
 * The item through 1Password Connect. Reads go through `@1password/connect`; the library's `updateItem` would serialise
 * the item by its own model and drop what the model does not know, so a write is a plain PUT of the raw item, with
 * one field changed.
 */
export function createConnectVault(options: ConnectVaultOptions): Vault {
  return new ConnectVault(options);
}

/** What a change makes of the item that was read: nothing to write, or an item to write. */
type Changed<R> = { readonly result: R } | { readonly item: RawItem; readonly after: (saved: RawItem) => R };

class ConnectVault implements Vault {
  readonly #options: ConnectVaultOptions;
  readonly #http: ConnectHttp;
  readonly #client: ReturnType<typeof OnePasswordConnect>;
  /** One write at a time a vault: its version is locked on each write. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: ConnectVaultOptions) {
    this.#options = options;
    this.#http = new ConnectHttp(options.timeoutMs);
    this.#client = OnePasswordConnect({
      serverURL: options.host,
      token: options.token.reveal(),
      httpClient: this.#http,
    });
  }

  async read(): Promise<VaultItem> {
    const { vaultId, itemId } = this.#options;
    const read = this.#client.getItemById(vaultId, itemId);
    const item = await read.catch((error: unknown) => {
      throw translated('read the item', error);
    });
    const fields = (item.fields ?? []) as unknown as RawField[];
    const sections = (item.sections ?? []) as NonNullable<RawItem['sections']>;
    this.#assertTitle(item.title ?? '');
    return {
      id: item.id ?? itemId,
      title: item.title ?? '',
      version: item.version ?? 0,
      fields: fields.map((field) => toField(field, sections)),
    };
  }

  async addField(label: string, value: Secret, unless?: string): Promise<{ fieldId: string; added: boolean }> {
    return this.#change<{ fieldId: string; added: boolean }>(`add field "${label}"`, (item) => {
      const found = labelled(item, label);
      if (found !== undefined) return { result: { fieldId: found.id ?? '', added: false } };
      if (unless !== undefined && labelled(item, unless) !== undefined) {
        throw vaultError('Conflict', `item "${item.title}" has a field "${unless}" now`, 'It is looked at again.');
      }
      const fields = [...(item.fields ?? []), { label, type: 'CONCEALED', value: value.reveal() }];
      return {
        item: { ...item, fields },
        after: (saved) => ({ fieldId: labelled(saved, label)?.id ?? '', added: true }),
      };
    });
  }

  async relabelField(from: string, to: string): Promise<{ fieldId: string; changed: boolean }> {
    return this.#change<{ fieldId: string; changed: boolean }>(`relabel field "${from}" to "${to}"`, (item) => {
      const source = labelled(item, from);
      const target = labelled(item, to);
      if (source === undefined && target !== undefined) return { result: { fieldId: target.id ?? '', changed: false } };
      if (source === undefined)
        throw vaultError(
          'NotFound',
          `item "${item.title}" has no field "${from}"`,
          'See who removed it in the item history.',
        );
      if (target !== undefined) {
        throw vaultError(
          'Collision',
          `item "${item.title}" has a field "${to}" already; it is not overwritten`,
          'See who made it; keep one of the two.',
        );
      }
      const fields = (item.fields ?? []).map((field) => (field === source ? { ...field, label: to } : field));
      const fieldId = source.id ?? '';
      return { item: { ...item, fields }, after: () => ({ fieldId, changed: true }) };
    });
  }

  async change(edits: VaultEdits): Promise<{ changed: boolean }> {
    return this.#change<{ changed: boolean }>('change fields', (item) => {
      const next = edited(item, edits);
      return next === undefined ? { result: { changed: false } } : { item: next, after: () => ({ changed: true }) };
    });
  }

  async removeField(label: string, fieldId?: string): Promise<{ removed: boolean }> {
    return this.#change<{ removed: boolean }>(`remove field "${label}"`, (item) => {
      const found = labelled(item, label);
      if (found === undefined || (fieldId !== undefined && found.id !== fieldId)) return { result: { removed: false } };
      const fields = (item.fields ?? []).filter((field) => field !== found);
      return { item: { ...item, fields }, after: () => ({ removed: true }) };
    });
  }

  /** Reads, changes one field, writes; where somebody wrote in between all of it again, on what is there now. */
  async #change<R>(what: string, change: (item: RawItem) => Changed<R>): Promise<R> {
    const run = this.#queue.then(async () => {
      for (let tries = 1, pauseMs = FIRST_PAUSE_MS; ; tries += 1, pauseMs *= 2) {
        const item = await this.#raw('GET', what);
        this.#assertTitle(item.title);
        const changed = change(item);
        if ('result' in changed) return changed.result;
        assertWhole(item);
        try {
          const saved = await this.#raw('PUT', what, changed.item);
          await this.#untilVisible(saved, what);
          return changed.after(saved);
        } catch (error) {
          if (tries >= WRITE_TRIES || !(await this.#wasOvertaken(error, item, what))) throw error;
          await pause(pauseMs);
        }
      }
    });
    this.#queue = run.catch(() => undefined);
    return run;
  }

  /**
   * Reads until they show what was written: whoever asks next must not decide on an older item. Throws `NotYet`, for the
   * write itself is done and its repetition finds it.
   */
  async #untilVisible(saved: RawItem, what: string): Promise<void> {
    const until = Date.now() + VISIBLE_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, 2_000)) {
      const { version } = await this.#raw('GET', what);
      if ((version ?? 0) >= (saved.version ?? 0)) return;
      if (Date.now() > until) throw vaultError('NotYet', `reads do not show yet what was written (${what})`, LAGGING);
      await pause(pauseMs);
    }
  }

  /**
   * Whether a write failed because somebody wrote since our read. Connect's published answers know no conflict: what has been
   * seen is a bare `400 Unable to update item`, as for an item that it finds invalid. The item's version tells the two
   * apart; a read may lag behind a write, so it is looked at for a while.
   */
  async #wasOvertaken(error: unknown, item: RawItem, what: string): Promise<boolean> {
    if (!(error instanceof RegistrarError)) return false;
    if (error.kind === 'Conflict') return true;
    if (error.status !== 400) return false;
    for (let look = 1, pauseMs = FIRST_PAUSE_MS; look < WRITE_TRIES; look += 1, pauseMs *= 2) {
      if ((await this.#raw('GET', what)).version !== item.version) return true;
      await pause(pauseMs);
    }
    return false;
  }

  async #raw(method: 'GET' | 'PUT', what: string, data?: RawItem): Promise<RawItem> {
    const { host, vaultId, itemId, token } = this.#options;
    const url = new URL(`/v1/vaults/${encodeURIComponent(vaultId)}/items/${encodeURIComponent(itemId)}`, host);
    try {
      const answer = await this.#http.request(method, url.href, { authToken: token.reveal(), data });
      return answer.data as RawItem;
    } catch (error) {
      throw translated(what, error);
    }
  }

  #assertTitle(title: string): void {
    if (title === this.#options.itemTitle) return;
    throw vaultError(
      'Refused',
      `item ${this.#options.itemId} is titled "${title}", registrar.yaml says "${this.#options.itemTitle}"`,
      'Correct vault.itemTitle or vault.itemId: ExternalSecrets find the item by its title.',
    );
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
