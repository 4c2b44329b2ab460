/** A text without what encodings put into it, and where each of its characters stood. */
export interface Squeezed {
  readonly text: string;
  /** For each character of {@link Squeezed.text}: where its unit began in the original, and where it ended. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

const UNITS =
  /(?:%[0-9a-f]{2})+|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\[nrtbfv]|&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,5});|[^]/giu;

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', ''],
  ['apos', ''],
]);

/**
 * What is left of a text once percent, JSON and HTML escapes are read, white space, quotes, backslashes and plus signs are left
 * out, and all letters are small. So a secret looks the same in clear, in a URL, in JSON, over several lines and in a host name.
 */
export function squeezed(original: string): Squeezed {
  const chars: string[] = [];
  const from: number[] = [];
  const to: number[] = [];
  for (const { 0: unit, index } of original.matchAll(UNITS)) {
    const plain = read(unit)
      .replaceAll(/[\s"'`\\+\p{C}]/gu, '')
      .toLowerCase();
    for (const char of plain.split('')) {
      chars.push(char);
      from.push(index);
      to.push(index + unit.length);
    }
  }
  return { text: chars.join(''), from, to };
}

/** What an escape stands for; anything else as it is. */
function read(unit: string): string {
  if (unit.length === 1) return unit;
  if (unit.startsWith('%')) return percentRead(unit);
  if (/^\\[ux]/i.test(unit)) return String.fromCharCode(Number.parseInt(unit.slice(2), 16));
  if (unit.startsWith('\\')) return '';
  if (!unit.startsWith('&')) return unit;
  const name = unit.slice(1, -1);
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  if (name.startsWith('#')) return code <= 0x10_ffff ? String.fromCodePoint(code) : '';
  return ENTITIES.get(name.toLowerCase()) ?? unit;
}

function percentRead(unit: string): string {
  try {
    return decodeURIComponent(unit);
  } catch {
    return unit;
  }
}
