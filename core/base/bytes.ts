/** Bytes of a text as UTF-8 writes it. */
export function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Bytes of a value as a payload of Temporal holds it. */
export function jsonBytes(value: object): number {
  return utf8Bytes(JSON.stringify(value));
}

/** The first items of a list, as many as have room in so many bytes. */
export function withinBytes<T extends object>(items: readonly T[], bytes: number): readonly T[] {
  let left = bytes;
  const end = items.findIndex((item) => {
    // The comma behind it, too.
    left -= jsonBytes(item) + 1;
    return left < 0;
  });
  return end === -1 ? items : items.slice(0, end);
}

/** A text of at most so many characters, which says how many it lacks. */
export function cutText(text: string, characters: number): string {
  const told = (count: number): string => ` … (${count} characters more)`;
  if (text.length <= characters) return text;
  const kept = Math.max(0, characters - told(text.length).length);
  // Half of a pair is no character.
  const end = /[\uD800-\uDBFF]/.test(text[kept - 1] ?? '') ? kept - 1 : kept;
  return `${text.slice(0, end)}${told(text.length - end)}`;
}
