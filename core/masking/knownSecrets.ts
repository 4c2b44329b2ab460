import { squeezed } from './squeezed.ts';

export const MASK = '[masked]';

/** So many characters of a secret in a row are masked, wherever they stand: an answer may be cut off. */
const PART = 12;
/** What is shorter is a word or a number that stands in other sentences too. */
const SHORTEST = 8;
const WORD = /^[a-z._:/-]*$/i;
/** Of a longer text, a document, the beginning is known. */
const LONGEST = 16 * 1024;
/** Parts that are remembered before the older half is forgotten: some thousand secrets, or a hundred tokens of pods. */
const MOST_PARTS = 1_000_000;

/** Digests of parts by their length. */
type Parts = Map<number, Set<number>>;

interface Generation {
  readonly parts: Parts;
  /** Digests of whole secrets. */
  readonly whole: Set<number>;
  size: number;
}

/**
 * Secrets that were read or sent, as digests of their parts: no text of one is kept. What is used stays known; what no one has used
 * for a long time is forgotten.
 */
export class KnownSecrets {
  readonly #most: number;
  #salt: number | undefined;
  #now: Generation = emptyGeneration();
  #before: Generation = emptyGeneration();

  constructor(most = MOST_PARTS) {
    this.#most = most;
  }

  /** Remembers a secret; what is too short, or a short word, is none. */
  add(secret: string): void {
    if (secret.length < SHORTEST || (secret.length < PART && WORD.test(secret))) return;
    this.#salt ??= Math.floor(Math.random() * 0x1_0000_0000);
    const whole = this.#digest(secret, 0, secret.length);
    if (this.#now.whole.has(whole)) return;
    if (this.#now.size > this.#most) {
      this.#before = this.#now;
      this.#now = emptyGeneration();
    }
    this.#now.whole.add(whole);
    for (const form of formsOf(secret.slice(0, LONGEST))) this.#addParts(form);
  }

  #addParts(form: string): void {
    const length = Math.min(form.length, PART);
    if (length < SHORTEST) return;
    const { parts } = this.#now;
    const known = parts.get(length) ?? new Set();
    parts.set(length, known);
    const before = known.size;
    for (let at = 0; at + length <= form.length; at += 1) known.add(this.#digest(form, at, at + length));
    this.#now.size += known.size - before;
  }

  /** The text, with a mask in place of every known secret and every long part of one, in whatever form it stands there. */
  masked(text: string): string {
    if (this.#salt === undefined || text.length < SHORTEST) return text;
    const { text: plain, from, to } = squeezed(text);
    let out = '';
    let copied = 0;
    for (let at = 0; at < plain.length;) {
      const end = this.#endOfSecret(plain, at);
      if (end === undefined) {
        at += 1;
        continue;
      }
      out += `${text.slice(copied, from[at])}${MASK}`;
      copied = to[end - 1] ?? text.length;
      at = end;
    }
    return out + text.slice(copied);
  }

  /** Where a secret that begins here ends, part by part; undefined where none does. */
  #endOfSecret(plain: string, start: number): number | undefined {
    let end = this.#endOfPart(plain, start);
    for (let at = start + 1; end !== undefined && at < end; at += 1)
      end = Math.max(end, this.#endOfPart(plain, at) ?? end);
    return end;
  }

  #endOfPart(plain: string, at: number): number | undefined {
    for (let length = PART; length >= SHORTEST; length -= 1) {
      const sets = [this.#now.parts.get(length), this.#before.parts.get(length)];
      if (at + length > plain.length || sets.every((set) => set === undefined)) continue;
      const digest = this.#digest(plain, at, at + length);
      if (sets.some((set) => set?.has(digest))) return at + length;
    }
    return undefined;
  }

  /** Two hashes in one number of 52 bits: by chance, two texts share it once in 10^15 times. */
  #digest(text: string, start: number, end: number): number {
    let one = this.#salt ?? 0;
    let two = ~one;
    for (let at = start; at < end; at += 1) {
      const code = text.charCodeAt(at);
      one = Math.imul(one ^ code, 0x0100_0193);
      two = Math.imul(two ^ code ^ (one >>> 15), 0x5bd1_e995);
    }
    return (one >>> 0) * 0x10_0000 + ((two ^ (two >>> 13)) >>> 12);
  }
}

function emptyGeneration(): Generation {
  return { parts: new Map(), whole: new Set(), size: 0 };
}

/** A secret as it may stand in an answer, squeezed. Base64 has three forms, by what stands before it in what was encoded. */
function formsOf(secret: string): ReadonlySet<string> {
  const bytes = [...new TextEncoder().encode(secret)];
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const base64 = [0, 1, 2].map((shift) => base64Inside(bytes, shift));
  const base64Url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  // Half a pair of surrogates, which encodeURIComponent refuses, is written as U+FFFD.
  const forUrl = encodeURIComponent(new TextDecoder().decode(Uint8Array.from(bytes)));
  const forms = [secret, forUrl, hex, ...base64, ...base64Url];
  return new Set(forms.map((form) => squeezed(form).text));
}

/** The characters of a base64 text that depend on the secret alone. */
function base64Inside(bytes: readonly number[], shift: number): string {
  const before = Array.from({ length: shift }, () => 0);
  const encoded = btoa(String.fromCharCode(...before, ...bytes));
  const whole = Math.floor(((shift + bytes.length) * 8) / 6);
  return encoded.slice(Math.ceil((shift * 8) / 6), whole);
}
