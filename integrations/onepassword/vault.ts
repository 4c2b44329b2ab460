import type { Secret } from '../../core/secret.ts';

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
  readonly fields: readonly VaultField[];
}

export interface VaultEdits {
  readonly relabel?: readonly { readonly fieldId: string; readonly to: string }[];
  readonly remove?: readonly string[];
  /** Plain text that is no secret: a field of that label is made or changed, in the section of this name. */
  readonly note?: { readonly label: string; readonly text: string; readonly section: string };
}

/**
 * The one item of the vault that holds the client secrets. Address: vault id and item id; titles and labels are not unique.
 *
 * Every write reads the item, changes one field and leaves all others byte for byte. Writes re-read and repeat on a
 * version conflict. Each method may throw {@link RegistrarError}: `NotFound` (vault or item), `Unauthorized`,
 * `RateLimited` (with the time the server named), `Refused` (an item it cannot write back whole), `Unavailable`.
 */
export interface Vault {
  /** Reads the item. */
  read(): Promise<VaultItem>;
  /**
   * Adds a concealed field, unless one of that label is there already (then its id is returned and nothing is written:
   * this is how a retry finds its own work). Two fields of that label are an error `Collision`. A field labelled `unless`
   * that is there by the moment of the write is a `Conflict`: look again.
   */
  addField(
    label: string,
    value: Secret,
    unless?: string,
  ): Promise<{ readonly fieldId: string; readonly added: boolean }>;
  /**
   * Changes a field's label in one write; same field id, same value. A field that carries `to` already and no field
   * `from` is success (a retry). A field `to` beside a field `from` is `Collision`: never overwritten.
   */
  relabelField(from: string, to: string): Promise<{ readonly fieldId: string; readonly changed: boolean }>;
  /**
   * Several changes in one write, so that no reader sees half of them. Fields are named by id: one that carries its label, is
   * gone or holds its text already is right as it is, and where all are nothing is written (a retry). `NotFound` where a field to
   * relabel is gone, `Collision` where a label would be carried twice.
   */
  change(edits: VaultEdits): Promise<{ readonly changed: boolean }>;
  /** Removes the field of that label if it has this id; absent is success. */
  removeField(label: string, fieldId?: string): Promise<{ readonly removed: boolean }>;
}
