import { Secret } from '../../core/base/secret.ts';
import type { Unwritable } from '../vault/vault.ts';

/** Types whose values 1Password hides until somebody asks for them; it shows all others to whoever opens the item. */
const HIDDEN: ReadonlySet<string> = new Set(['CONCEALED', 'OTP', 'SSHKEY', 'CREDIT_CARD_NUMBER']);

/** The value of a field of that type. */
export function valueOf(type: string, value: string): Secret {
  return new Secret(value, { shown: !HIDDEN.has(type) });
}

/** One field of the item, its value masked. */
export interface ItemField {
  readonly id: string;
  readonly label: string;
  /** As 1Password names it: `CONCEALED`, `STRING`, … */
  readonly type: string;
  readonly section: string | undefined;
  readonly value: Secret;
}

/** An item of 1Password, whichever library has read it. */
export interface VaultItem {
  readonly id: string;
  readonly title: string;
  readonly version: number;
  /** When anything of the item last changed, as RFC 3339; undefined where the server does not tell. */
  readonly updatedAt: string | undefined;
  readonly fields: readonly ItemField[];
  /** A part of the item that a library does not write back as it was. */
  readonly unwritable: Unwritable | undefined;
}

/** A field of plain text that is no secret. */
export interface ItemNote {
  readonly label: string;
  readonly text: string;
  /** Name of the section that it is made in; a field that is there stays where it is. */
  readonly section: string;
}
