/** What a text of the repository may name a client by. */
export interface Reference {
  /** What a file is searched for, byte for byte. */
  readonly text: string;
  /** Which of the lines that hold it count. */
  readonly pattern: RegExp;
  /** What that means, for people. */
  readonly means: string;
}

export interface FoundReference {
  readonly path: string;
  readonly line: number;
  readonly means: string;
}

/** Lines of a file that refer to a client; comments do not count. */
export function referencesIn(path: string, text: string, references: readonly Reference[]): readonly FoundReference[] {
  return text.split('\n').flatMap((line, at) => {
    if (/^\s*(#|\/\/|\{#|;)/.test(line)) return [];
    const found = references.find((reference) => reference.pattern.test(line));
    return found === undefined ? [] : [{ path, line: at + 1, means: found.means }];
  });
}

/** The text as a word of its own: not the beginning or end of a longer name. */
export function asWord(text: string, before = '', after = ''): RegExp {
  return new RegExp(`${before}(?<![A-Za-z0-9_.-])${escaped(text)}(?![A-Za-z0-9_-]|\\.[A-Za-z0-9_])${after}`);
}

export function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}

/** Where the vault field of a client is read, in whatever way. `what` it holds. */
export function readsField(vaultField: string, what = 'secret'): Reference {
  return {
    text: vaultField,
    pattern: new RegExp(`(property["']?:\\s*["']?|key["']?:\\s*["']?|/)${escaped(vaultField)}(?![A-Za-z0-9_.-])`),
    means: `reads its ${what} ${vaultField}`,
  };
}

/** Words as a sentence lists them: `a`, `a and b`, `a, b and c`. */
export function enumerated(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** As one word of a shell, whatever is in it: a person copies the command that it stands in. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Ends what a system said, which may come without a full stop. */
export function sentence(text: string): string {
  return /[.!?:;]\s*$/.test(text) ? text : `${text}.`;
}
