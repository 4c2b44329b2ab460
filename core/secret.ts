const MASK = '[secret]';

/**
 * A value that must not be seen: printing, inspecting or serialising it gives a mask.
 *
 * It lives in a worker's memory during one activity; only {@link Secret.reveal} gives the text, at the
 * one place that hands it to the system it is meant for.
 */
export class Secret {
  readonly #read: () => string;

  /** The text, or what reads it: then each use reads it anew, and a credential that was renewed is taken. */
  constructor(text: string | (() => string)) {
    this.#read = typeof text === 'string' ? () => text : text;
  }

  /** The text itself. Call it where it is delivered, nowhere else. */
  reveal(): string {
    return this.#read();
  }

  /** Whether both hold the same text. */
  equals(other: Secret | undefined): boolean {
    return other !== undefined && other.reveal() === this.reveal();
  }

  get length(): number {
    return this.reveal().length;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return MASK;
  }
}
