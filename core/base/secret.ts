import { rememberSecret } from '../masking/masked.ts';

const MASK = '[secret]';

/**
 * A value that must not be seen: printing, inspecting or serialising it gives a mask.
 *
 * It lives in a worker's memory during one activity; only {@link Secret.reveal} gives the text, at the
 * one place that hands it to the system it is meant for. From then on every error and log line masks it
 * (core/masking), of which digests of its parts are kept.
 */
export class Secret {
  readonly #read: () => string;
  readonly #shown: boolean;

  /**
   * The text, or what reads it: then each use reads it anew, and a credential that was renewed is taken. `shown` is a text that its
   * system shows to everybody, so that words like it are no leak.
   */
  constructor(text: string | (() => string), { shown = false }: { readonly shown?: boolean } = {}) {
    this.#shown = shown;
    this.#read = typeof text === 'string' ? () => text : text;
    if (typeof text === 'string') this.reveal();
  }

  /** The text itself. Call it where it is delivered, nowhere else. */
  reveal(): string {
    const text = this.#read();
    if (!this.#shown) rememberSecret(text);
    return text;
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
