import { ManifestError } from '../argocd/manifestError.ts';

/** A variable that nobody has a value for, in strict mode. */
class Unset extends ManifestError {
  constructor(name: string) {
    super(`variable not set (strict mode): "${name}"`);
  }
}

const NAME = /[\p{L}\p{Nd}_]+/uy;

/**
 * Puts values in the place of `${NAME}`, as `fluxcd/pkg/envsubst` 1.7 does: `$$` is a dollar; a default stands behind `:=`, `:-`, `=`,
 * `:?` or `:+`, all the same, and counts for an empty value too. A name without a value is an error unless it has a default, as
 * kustomize-controller's gate StrictPostBuildSubstitutions has it since 1.9. Throws {@link ManifestError}.
 */
export function substituted(text: string, values: Readonly<Record<string, string>>): string {
  return new Reader(text, values).all();
}

class Reader {
  readonly #text: string;
  readonly #values: Readonly<Record<string, string>>;
  #at = 0;

  constructor(text: string, values: Readonly<Record<string, string>>) {
    this.#text = text;
    this.#values = values;
  }

  all(): string {
    let result = '';
    while (this.#at < this.#text.length) {
      if (this.#sees('$$')) result += this.#take(2).slice(1);
      else if (this.#sees('${')) result += this.#expression();
      else result += this.#take(1);
    }
    return result;
  }

  #sees(word: string): boolean {
    return this.#text.startsWith(word, this.#at);
  }

  #take(count: number): string {
    this.#at += count;
    return this.#text.slice(this.#at - count, this.#at);
  }

  #takeAny(...words: readonly string[]): string | undefined {
    const word = words.find((each) => this.#sees(each));
    return word === undefined ? undefined : this.#take(word.length);
  }

  #expression(): string {
    this.#take(2);
    const length = this.#takeAny('#') !== undefined;
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#text)?.[0];
    if (name === undefined) throw new ManifestError('unable to parse variable name');
    this.#take(name.length);
    if (this.#takeAny(':=', ':-', ':?', ':+', '=') !== undefined) {
      const fallback = this.#untilClosed();
      return this.#values[name] === undefined || this.#values[name] === '' ? fallback : this.#values[name];
    }
    const change = CHANGES[this.#takeAny(',,', '^^', ',', '^') ?? ''];
    const cut = change === undefined && this.#takeAny(':') !== undefined ? this.#untilClosed().split(':') : undefined;
    if (cut === undefined && this.#takeAny('}') === undefined) throw this.#notClosed();
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    if (value === undefined) throw new Unset(name);
    if (length) return String(Buffer.byteLength(value));
    return change?.(value) ?? (cut === undefined ? value : part(value, cut.map(Number)));
  }

  /** To the brace that closes; expressions within are worked out. */
  #untilClosed(): string {
    let result = '';
    while (this.#takeAny('}') === undefined) {
      if (this.#at >= this.#text.length) throw new ManifestError('unable to parse substitution within function');
      result += this.#sees('${') ? this.#expression() : this.#take(1);
    }
    return result;
  }

  #notClosed(): ManifestError {
    const known = !/^[/#%]/.test(this.#text.slice(this.#at, this.#at + 1));
    return new ManifestError(
      known ? 'missing closing brace' : 'the sandbox knows no ${NAME/…}, ${NAME#…} or ${NAME%…}',
    );
  }
}

const CHANGES: Readonly<Record<string, (value: string) => string>> = {
  ',,': (value) => value.toLowerCase(),
  '^^': (value) => value.toUpperCase(),
  ',': (value) => value.slice(0, 1).toLowerCase() + value.slice(1),
  '^': (value) => value.slice(0, 1).toUpperCase() + value.slice(1),
};

function part(value: string, [offset = 0, count]: readonly number[]): string {
  const from = offset < 0 ? Math.max(0, value.length + offset) : offset;
  return value.slice(from, count === undefined ? undefined : from + count);
}
