const KEPT_TEXTS = 64;
/** The files of a thousand clients, before and after an edit. A character that is kept takes some seven bytes of memory. */
const KEPT_CHARACTERS = 8_000_000;

/**
 * What was read of a text, and is kept for those that were asked for last: one look reads the same file many times over, and an edit
 * proves what the next one of the same file begins with. What `read` returns serves several, so nobody may change it. Bounded, for a
 * worker lives long. What it throws is not kept.
 */
export function byText<T>(read: (text: string) => T): (text: string) => T {
  const kept = new Map<string, { readonly value: T }>();
  let characters = 0;
  /** The one that was asked for last stays, whatever its length. */
  const trim = (): void => {
    for (const [oldest] of kept) {
      if (kept.size === 1 || (kept.size <= KEPT_TEXTS && characters <= KEPT_CHARACTERS)) break;
      kept.delete(oldest);
      characters -= oldest.length;
    }
  };
  return (text) => {
    const known = kept.get(text);
    const found = known ?? { value: read(text) };
    // The one that was asked for last goes last.
    kept.delete(text);
    kept.set(text, found);
    if (known === undefined) characters += text.length;
    if (looks === 0) trim();
    else untrimmed.add(trim);
    return found.value;
  };
}

let looks = 0;
const untrimmed = new Set<() => void>();

/**
 * Keeps all that is read while `look` lasts, and what is within bounds after it: edits go through several files and come back to each,
 * and where these are larger than what is kept each would be read anew every time.
 */
export function inOneLook<T>(look: () => T): T {
  looks += 1;
  try {
    return look();
  } finally {
    looks -= 1;
    if (looks === 0) {
      for (const trim of untrimmed) trim();
      untrimmed.clear();
    }
  }
}
