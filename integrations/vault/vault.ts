import type { ErrorKind } from '../../core/base/errors.ts';
import type { Secret } from '../../core/base/secret.ts';
import type { VaultMark } from '../../core/vault/vaultMark.ts';
import type { ClientItem, VaultWords } from '../../core/vault/vaultWords.ts';
import type { Attempt } from '../attempt.ts';

/** One value that the vault holds, masked. */
export interface VaultField {
  /** Stays the same whatever the label. */
  readonly id: string;
  /** Says what the value is: in service, pending, previous, out of service (`core/names/labels.ts`). */
  readonly label: string;
  readonly value: Secret;
  /** Why the vault keeps it as no secret, after the field: `is of type STRING, not CONCEALED`; undefined where it keeps it as one. */
  readonly shown: string | undefined;
  /** Which run put the field into service; undefined where none is known to have. */
  readonly mark: VaultMark | undefined;
}

/** All that the vault holds where the secrets of clients are, and how to call the place. */
export interface VaultContents extends Pick<VaultWords, 'system' | 'place'> {
  /** When anything of it last changed, as RFC 3339; undefined where the vault does not tell. */
  readonly updatedAt: string | undefined;
  readonly fields: readonly VaultField[];
  /** Why a write might lose a part of it, so that none is made; undefined where all of it can be written back. */
  readonly unwritable: Unwritable | undefined;
  /** Of a place that one client has for itself; absent where all clients share one. */
  readonly own?: OwnPlace;
}

/** A place of one client, as the vault has it. */
interface OwnPlace {
  /** Undefined where nobody has made it. */
  readonly id: string | undefined;
  /** The client and the change for which the job made it; undefined where people did. */
  readonly madeBy: MadeBy | undefined;
}

/** A run that made something. */
export interface MadeBy {
  readonly client: string;
  readonly changeId: string;
}

/** A part that would not be written back as it was, and what a person can do about it. */
export interface Unwritable {
  /** After the place: `holds attached files`. */
  readonly why: string;
  readonly remedy: string;
}

/** What was asked, and how that ended. */
export interface VaultRequest {
  readonly operation: 'read' | 'write';
  readonly outcome: 'ok' | ErrorKind;
}

export type CountRequest = (request: VaultRequest) => void;

/** With what an adapter reaches its vault. */
export interface VaultConnection {
  readonly token: Secret;
  readonly timeoutMs: number;
  /** How long to stay away after a rate limit that names no time. */
  readonly rateLimitPauseMs: number;
  readonly count?: CountRequest;
  /** In whose name it writes, and whose time its waits take. */
  readonly attempt?: Attempt;
}

/** How a write begins: what must not be there, and what was read just before. */
export interface WriteOptions {
  /** A field of this label that is there by the moment of the write is a `Conflict`: look again. */
  readonly unless?: string;
  /** As {@link Vault.read} gave it just now: saves a read, which may be counted. It is read again where this worker has written since. */
  readonly seen?: VaultContents;
  /** The value is no secret: the vault shows it, and {@link VaultField.shown} says so. */
  readonly shown?: boolean;
  /** The change for which a client's own place is made where it is not there; without it that is `NotFound`. */
  readonly makes?: string;
}

/** Changes of fields, by id. */
export interface VaultEdits {
  readonly relabel?: readonly { readonly fieldId: string; readonly to: string }[];
  /** Fields that go, each with its mark. */
  readonly remove?: readonly string[];
  /** Fields that a run puts into service. */
  readonly mark?: readonly { readonly fieldId: string; readonly mark: VaultMark }[];
  /** Fields that lose their mark. */
  readonly unmark?: readonly string[];
  /** Plain texts that are no secret: a field of each label is made or changed. */
  readonly notes?: readonly VaultNote[];
}

/** A field of plain text that is no secret. */
interface VaultNote {
  readonly label: string;
  readonly text: string;
}

/**
 * The place of a vault that holds the client secrets, a field each. Labels may be twice where people write them too.
 *
 * Every write leaves what it does not name byte for byte; it is repeated where somebody wrote at the same time, and read back until
 * reads show it. Each method may throw {@link RegistrarError}: `NotFound` (the place), `Unauthorized`, `RateLimited` (with the time
 * the vault named), `Refused` (what it cannot write back whole), `Unavailable`.
 */
export interface Vault {
  read(): Promise<VaultContents>;
  /**
   * Adds a value, a secret unless `shown` says otherwise, unless a field of that label is there already (then its id is returned and nothing is written: this is how a
   * retry finds its own work). Two fields of that label are an error `Collision`.
   */
  addField(
    label: string,
    value: Secret,
    options?: WriteOptions,
  ): Promise<{ readonly fieldId: string; readonly added: boolean }>;
  /**
   * Several changes in one write, so that no reader sees half of them. A field that carries its label, is gone or holds its text
   * already is right as it is, and where all are nothing is written (a retry). `NotFound` where a field to relabel is gone,
   * `Collision` where a label would be carried twice.
   */
  change(edits: VaultEdits, options?: Pick<WriteOptions, 'seen'>): Promise<{ readonly changed: boolean }>;
  /** Removes the field of that label if it has this id; absent is success. */
  removeField(label: string, fieldId?: string): Promise<{ readonly removed: boolean }>;
  /**
   * Whether the token may write, found out without a write. Throws `Unauthorized`. Absent where only a write can tell.
   */
  mayWrite?(): Promise<void>;
  /** The place that a client has for itself, where the vault has such. */
  of?(place: ClientItem): ClientPlace;
}

/**
 * A place of one client. One that is not there reads as empty; several of its name are `Collision`. Without the id that is meant it is
 * written only where the job made it for this client: a name alone proves nothing.
 */
export interface ClientPlace extends Vault {
  /**
   * Deletes it where the job made it for this client (`changeId`: in that change) and no value is in it any more. `holds`: labels of
   * what keeps it. Absent is success.
   */
  removePlace(changeId?: string): Promise<{ readonly removed: boolean; readonly holds: readonly string[] }>;
}
