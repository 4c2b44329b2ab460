import { Secret } from '../../core/base/secret.ts';

/** Types whose values 1Password hides until somebody asks for them; it shows all others to whoever opens the item. */
const HIDDEN: ReadonlySet<string> = new Set(['CONCEALED', 'OTP', 'SSHKEY', 'CREDIT_CARD_NUMBER']);

/** The value of a field of that type. */
export function valueOf(type: string, value: string): Secret {
  return new Secret(value, { shown: !HIDDEN.has(type) });
}

/** One field of the vault item, its value masked. */
export interface VaultField {
  readonly id: string;
  readonly label: string;
  /** As 1Password names it: `CONCEALED`, `STRING`, … */
  readonly type: string;
  readonly section: string | undefined;
  readonly value: Secret;
}

export interface VaultItem {
  readonly id: string;
  readonly title: string;
  readonly version: number;
  /** When anything of the item last changed, as RFC 3339; undefined where the server does not tell. */
  readonly updatedAt: string | undefined;
  readonly fields: readonly VaultField[];
  /** Why a write might lose a part of the item, so that none is made; undefined where all of it can be written back. */
  readonly unwritable: Unwritable | undefined;
}

/** A part of an item that a library does not write back as it was, and what a person can do about it. */
export interface Unwritable {
  /** After "the item": `holds attached files`. */
  readonly why: string;
  readonly remedy: string;
}

/** One word for each request that went out, and for each that the rate limit turned away. */
export type VaultRequest = 'read' | 'write' | 'rateLimited';

export type CountRequest = (request: VaultRequest) => void;

/** How a write begins: what must not be there, and what was read just before. */
export interface WriteOptions {
  /** A field of this label that is there by the moment of the write is a `Conflict`: look again. */
  readonly unless?: string;
  /**
   * The item as {@link Vault.read} gave it just now: saves a read, which counts against the hourly limit. It is read again
   * where this worker has written since.
   */
  readonly seen?: VaultItem;
}

export interface VaultEdits {
  readonly relabel?: readonly { readonly fieldId: string; readonly to: string }[];
  readonly remove?: readonly string[];
  /** Plain texts that are no secret: a field of each label is made or changed, in the section of its name. */
  readonly notes?: readonly VaultNote[];
}

/** A field of plain text that is no secret. */
export interface VaultNote {
  readonly label: string;
  readonly text: string;
  /** Name of the section that it is made in; a field that is there stays where it is. */
  readonly section: string;
}

/**
 * The one item of the vault that holds the client secrets. Address: vault id and item id; titles and labels are not unique.
 *
 * Every write reads the item, changes one field and leaves all others byte for byte. Writes re-read and repeat on a
 * version conflict, and are read back until reads show them. Each method may throw {@link RegistrarError}: `NotFound` (vault or item), `Unauthorized`,
 * `RateLimited` (with the time the server named), `Refused` (an item it cannot write back whole), `Unavailable`.
 */
export interface Vault {
  /** Reads the item. */
  read(): Promise<VaultItem>;
  /**
   * Adds a concealed field, unless one of that label is there already (then its id is returned and nothing is written:
   * this is how a retry finds its own work). Two fields of that label are an error `Collision`.
   */
  addField(
    label: string,
    value: Secret,
    options?: WriteOptions,
  ): Promise<{ readonly fieldId: string; readonly added: boolean }>;
  /**
   * Several changes in one write, so that no reader sees half of them. Fields are named by id: one that carries its label, is
   * gone or holds its text already is right as it is, and where all are nothing is written (a retry). `NotFound` where a field to
   * relabel is gone, `Collision` where a label would be carried twice.
   */
  change(edits: VaultEdits, options?: Pick<WriteOptions, 'seen'>): Promise<{ readonly changed: boolean }>;
  /** Removes the field of that label if it has this id; absent is success. */
  removeField(label: string, fieldId?: string): Promise<{ readonly removed: boolean }>;
}
