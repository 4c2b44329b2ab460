const MASK = '[secret]';

/**
 * A value that must not be seen: printing, inspecting or serialising it gives a mask.
 *
 * It lives in a worker's memory during one activity; only {@link Secret.reveal} gives the text, at the
 * one place that hands it to the system it is meant for.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. Call it where it is delivered, nowhere else. */
  reveal(): string {
    return this.#text;
  }

  /** Whether both hold the same text. */
  equals(other: Secret | undefined): boolean {
    return other !== undefined && other.#text === this.#text;
  }

  get length(): number {
    return this.#text.length;
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
