import { RegistrarError, type ErrorKind } from '../../core/base/errors.ts';
import { KnownSecrets } from '../../core/masking/knownSecrets.ts';
import { masked } from '../../core/masking/masked.ts';

export function vaultError(kind: ErrorKind, message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: '1Password', kind, message, remedy });
}

interface Fields {
  readonly fields?: readonly { readonly value?: unknown }[];
}

/**
 * What 1Password says, without what must not be seen, and not more of it than a person reads: an answer may echo what was sent
 * or stored, or be a page of something between us and 1Password. Here the values that 1Password shows in clear are masked too.
 */
export class ItemWords {
  readonly #values = new KnownSecrets();

  /** Remembers the values of an item that was read, or is being sent. */
  note(item: unknown): void {
    const { fields } = (item ?? {}) as Fields;
    for (const field of Array.isArray(fields) ? (fields as NonNullable<Fields['fields']>) : [])
      if (typeof field?.value === 'string') this.#values.add(field.value);
  }

  masked(words: string): string {
    return masked(this.#values.masked(words.slice(0, 10_000)), 'random').slice(0, 300);
  }
}
