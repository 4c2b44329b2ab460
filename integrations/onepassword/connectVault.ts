import { OnePasswordConnect } from '@1password/connect';
import { RegistrarError, type ErrorKind } from '../../core/errors.ts';
import { Secret } from '../../core/secret.ts';
import type { Vault, VaultField, VaultItem } from './vault.ts';

export interface ConnectVaultOptions {
  readonly host: string;
  readonly token: Secret;
  readonly vaultId: string;
  readonly itemId: string;
  /** Title by which ExternalSecrets name the item. Checked, for two names of one thing drift apart. */
  readonly itemTitle: string;
  readonly timeoutMs: number;
}

/** The parts of an item that this adapter reads; all others are carried along untouched. */
interface RawField {
  id?: string;
  label?: string;
  type?: string;
  value?: string;
  section?: { id?: string; label?: string };
  [other: string]: unknown;
}
interface RawItem {
  id: string;
  title: string;
  version?: number;
  fields?: RawField[];
  files?: unknown[];
  [other: string]: unknown;
}

/** A write that lost a race is read again and repeated so often. */
const WRITE_TRIES = 4;

/**
 * The item through 1Password Connect. Reads go through `@1password/connect`; the library's `updateItem` would serialise
 * the item by its own model and drop what the model does not know, so a write is a plain PUT of the raw item, with
 * one field changed.
 */
export function createConnectVault(options: ConnectVaultOptions): Vault {
  return new ConnectVault(options);
}

class ConnectVault implements Vault {
  readonly #options: ConnectVaultOptions;
  readonly #client: ReturnType<typeof OnePasswordConnect>;
  /** One write at a time a vault: its version is locked on each write. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: ConnectVaultOptions) {
    this.#options = options;
    this.#client = OnePasswordConnect({
      serverURL: options.host,
      token: options.token.reveal(),
      keepAlive: false,
      timeout: options.timeoutMs,
    });
  }

  async read(): Promise<VaultItem> {
    const { vaultId, itemId } = this.#options;
    const item = await this.#call('read the item', async () => this.#client.getItemById(vaultId, itemId));
    const fields = (item.fields ?? []) as unknown as RawField[];
    this.#assertTitle(item.title ?? '');
    return { id: item.id ?? itemId, title: item.title ?? '', version: item.version ?? 0, fields: fields.map(toField) };
  }

  async addField(label: string, value: Secret): Promise<{ fieldId: string; added: boolean }> {
    return this.#change<{ fieldId: string; added: boolean }>(`add field "${label}"`, (item) => {
      const [found] = labelled(item, label);
      if (found !== undefined) return { result: { fieldId: found.id ?? '', added: false } };
      const fields = [...(item.fields ?? []), { label, type: 'CONCEALED', value: value.reveal() }];
      return {
        item: { ...item, fields },
        after: (saved) => ({ fieldId: labelled(saved, label)[0]?.id ?? '', added: true }),
      };
    });
  }

  async relabelField(from: string, to: string): Promise<{ fieldId: string; changed: boolean }> {
    return this.#change<{ fieldId: string; changed: boolean }>(`relabel field "${from}" to "${to}"`, (item) => {
      const [source] = labelled(item, from);
      const [target] = labelled(item, to);
      if (source === undefined && target !== undefined) return { result: { fieldId: target.id ?? '', changed: false } };
      if (source === undefined)
        throw this.#error(
          'NotFound',
          `item "${item.title}" has no field "${from}"`,
          'See who removed it in the item history.',
        );
      if (target !== undefined) {
        throw this.#error(
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

  async removeField(label: string, fieldId?: string): Promise<{ removed: boolean }> {
    return this.#change<{ removed: boolean }>(`remove field "${label}"`, (item) => {
      const [found] = labelled(item, label);
      if (found === undefined || (fieldId !== undefined && found.id !== fieldId)) return { result: { removed: false } };
      const fields = (item.fields ?? []).filter((field) => field !== found);
      return { item: { ...item, fields }, after: () => ({ removed: true }) };
    });
  }

  /** Reads, changes one field, writes; on a conflict all of it again, on what is there now. */
  async #change<R>(
    what: string,
    change: (
      item: RawItem,
    ) => { readonly result: R } | { readonly item: RawItem; readonly after: (saved: RawItem) => R },
  ): Promise<R> {
    const run = this.#queue.then(async () => {
      for (let tries = 1; ; tries += 1) {
        const item = await this.#raw('GET', what);
        this.#assertTitle(item.title);
        const changed = change(item);
        if ('result' in changed) return changed.result;
        assertWhole(item);
        try {
          return changed.after(await this.#raw('PUT', what, changed.item));
        } catch (error) {
          if (!(error instanceof RegistrarError) || error.kind !== 'Conflict' || tries >= WRITE_TRIES) throw error;
        }
      }
    });
    this.#queue = run.catch(() => undefined);
    return run;
  }

  async #raw(method: 'GET' | 'PUT', what: string, item?: RawItem): Promise<RawItem> {
    const { host, vaultId, itemId, token, timeoutMs } = this.#options;
    const url = new URL(`/v1/vaults/${encodeURIComponent(vaultId)}/items/${encodeURIComponent(itemId)}`, host);
    return this.#call(what, async () => {
      const response = await fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${token.reveal()}`,
          ...(item === undefined ? {} : { 'content-type': 'application/json' }),
        },
        signal: AbortSignal.timeout(timeoutMs),
        ...(item === undefined ? {} : { body: JSON.stringify(item) }),
      });
      if (response.ok) return (await response.json()) as RawItem;
      const body = (await response.json().catch(() => ({}))) as { message?: unknown };
      const answer: HttpAnswer = {
        status: response.status,
        message: String(body.message ?? ''),
        retryAfter: response.headers.get('retry-after'),
      };
      throw answer;
    });
  }

  /** The library rejects with plain objects, or with errors that hold the token: neither may pass. */
  async #call<T>(what: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      if (error instanceof RegistrarError) throw error;
      throw this.#translate(what, error);
    }
  }

  #translate(what: string, error: unknown): RegistrarError {
    const answer = error as Partial<HttpAnswer> & { statusCode?: number };
    const status = answer.status ?? answer.statusCode;
    if (typeof status !== 'number') {
      return this.#error(
        'Unavailable',
        `could not ${what}: Connect does not answer`,
        'See that the Connect server at vault.connectHost runs.',
      );
    }
    const { kind, remedy } = meaningOf(status, answer.message ?? '');
    const seconds = Number(answer.retryAfter ?? Number.NaN);
    return new RegistrarError({
      system: '1Password',
      kind,
      status,
      message: `could not ${what}: Connect answered ${status} ${answer.message ?? ''}`.trim(),
      remedy,
      ...(kind === 'RateLimited' && Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {}),
    });
  }

  #assertTitle(title: string): void {
    if (title === this.#options.itemTitle) return;
    throw this.#error(
      'Refused',
      `item ${this.#options.itemId} is titled "${title}", registrar.yaml says "${this.#options.itemTitle}"`,
      'Correct vault.itemTitle or vault.itemId: ExternalSecrets find the item by its title.',
    );
  }

  #error(kind: ErrorKind, message: string, remedy: string): RegistrarError {
    return new RegistrarError({ system: '1Password', kind, message, remedy });
  }
}

interface HttpAnswer {
  readonly status: number;
  readonly message: string;
  readonly retryAfter: string | null;
}

function meaningOf(status: number, message: string): { readonly kind: ErrorKind; readonly remedy: string } {
  if (status === 401 || status === 403)
    return {
      kind: 'Unauthorized',
      remedy: 'Check OP_CONNECT_TOKEN and its access to the vault: reading and writing items.',
    };
  if (status === 404) return { kind: 'NotFound', remedy: 'Correct vault.vaultId and vault.itemId in registrar.yaml.' };
  if (status === 409 || (status === 400 && /version|conflict/i.test(message)))
    return { kind: 'Conflict', remedy: 'Somebody wrote the item at the same time; it is tried again.' };
  if (status === 429)
    return { kind: 'RateLimited', remedy: "The vault's hourly limit is used up; the job goes on when it allows." };
  if (status >= 500) return { kind: 'Unavailable', remedy: 'See the log of the Connect server.' };
  return { kind: 'Failed', remedy: 'See the log of the Connect server.' };
}

function toField(raw: RawField): VaultField {
  return {
    id: raw.id ?? '',
    label: raw.label ?? '',
    type: raw.type ?? 'STRING',
    section: raw.section?.label ?? raw.section?.id,
    value: new Secret(raw.value ?? ''),
  };
}

/** Fields of that label; two of them are an error, for External Secrets could not tell them apart either. */
function labelled(item: RawItem, label: string): readonly RawField[] {
  const found = (item.fields ?? []).filter((field) => field.label === label);
  if (found.length <= 1) return found;
  throw new RegistrarError({
    system: '1Password',
    kind: 'Collision',
    message: `item "${item.title}" has ${found.length} fields labelled "${label}"`,
    remedy: 'Rename or remove all but one of them.',
  });
}

/** Connect cannot write an item back whole that carries files: a PUT would lose them. */
function assertWhole(item: RawItem): void {
  if ((item.files ?? []).length === 0) return;
  throw new RegistrarError({
    system: '1Password',
    kind: 'Refused',
    message: `item "${item.title}" holds attached files, which a write through Connect cannot carry`,
    remedy: 'Move the files to another item, or the client secrets to an item of their own.',
  });
}
