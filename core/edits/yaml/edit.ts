/**
 * An edit of one file that a person wrote: text in, text out, and the exact inverse.
 *
 * Nothing is ever reprinted. An edit finds positions with a parser, splices text there, parses the result and compares
 * the data with what was wanted.
 */

/** Replaces `remove` at `offset` (UTF-16 units of the text before) by `insert`. */
export interface Splice {
  readonly offset: number;
  readonly remove: string;
  readonly insert: string;
}

export type EditOutcome =
  /** The entry was not there; `text` holds it, `inverse` applied to `text` gives the text before, byte for byte. */
  | {
      readonly kind: 'changed';
      readonly text: string;
      readonly splices: readonly Splice[];
      readonly inverse: readonly Splice[];
    }
  /** The entry is there exactly as we would write it, or equal in meaning. */
  | { readonly kind: 'alreadyThere'; readonly text: string }
  /** The entry is there but different. Both texts are shown to the person. */
  | { readonly kind: 'different'; readonly found: string; readonly wanted: string }
  /** The edit cannot be made safely: why, and the lines to add by hand. */
  | {
      readonly kind: 'refused';
      readonly reason: string;
      readonly addByHand: string;
      /** What a person does about it, where that is not to add these lines. */
      readonly remedy?: string;
      /** Where a caller decides by it, what the reason is. */
      readonly code?: CannotEditCode;
    };

/**
 * `taken`: what the entry names is made elsewhere. `syntax`: the text is none that the edit can read. `noObject`: the Kubernetes
 * object that is to be edited is not in the file. `unclear`: the text is the client's own, and nobody can tell what it says or
 * what a change would do; the reason says what to do about it.
 */
export type CannotEditCode = 'syntax' | 'noObject' | 'taken' | 'unclear';
