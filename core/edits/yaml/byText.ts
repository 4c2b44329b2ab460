const KEPT_TEXTS = 64;
/** The files of a thousand clients, before and after an edit. A character that is kept takes some seven bytes of memory. */
const KEPT_CHARACTERS = 8_000_000;

/**
 * What was read of a text, and is kept for those that were asked for last: one look reads the same file many times over, and an edit
 * proves what the next one of the same file begins with. What `read` returns serves several, so nobody may change it. Bounded, for a
 * worker lives long. What it throws is not kept.
 */
export function byText<T>(read: (text: string) => T): (text: string) => T {
  const kept = new Map<string, T>();
  return (text) => {
    const found = kept.has(text) ? (kept.get(text) as T) : read(text);
    // The one that was asked for last goes last.
    kept.delete(text);
    kept.set(text, found);
    let characters = 0;
    for (const [index, [each]] of [...kept].toReversed().entries()) {
      characters += each.length;
      if (index >= KEPT_TEXTS || (index > 0 && characters > KEPT_CHARACTERS)) kept.delete(each);
    }
    return found;
  };
}
