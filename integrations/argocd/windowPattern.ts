/** A sign after a backslash, stars, a set of signs, and any other sign; an opened set that is not closed is a sign by itself. */
const TOKEN = /\\([\s\S])|\*+|\?|\[(!?)((?:\\[\s\S]|[^\]\\])+)\]|[\s\S]/gu;
const OF_ALTERNATIVES: Readonly<Record<string, string>> = { '{': '(?:', '}': ')', ',': '|' };

/**
 * Whether a pattern of a sync window matches, as gobwas/glob reads it, by which Argo CD looks, without separators: `*`, `?`, `[a-z]`,
 * `[!a-z]`, `{a,b}`, and `\` before a sign that means itself. One that cannot be read matches nothing there.
 */
export function matchesPattern(pattern: string, value: string): boolean {
  if (value === '') return false;
  let depth = 0;
  const source = pattern.replaceAll(TOKEN, (token: string, sign?: string, not?: string, signs?: string) => {
    if (sign !== undefined) return literal(sign);
    if (signs !== undefined) return `[${not === '' ? '' : '^'}${signs.replaceAll(/\\?([\s\S])/gu, ofSet)}]`;
    if (token.startsWith('*')) return '.*';
    if (token === '?') return '.';
    if (token === '{') depth += 1;
    if (depth === 0) return literal(token);
    if (token === '}') depth -= 1;
    return OF_ALTERNATIVES[token] ?? literal(token);
  });
  try {
    return new RegExp(`^(?:${source})$`, 'su').test(value);
  } catch {
    return false;
  }
}

function literal(sign: string): string {
  return sign.replaceAll(/[$()*+./?[\\\]^{|}]/gu, String.raw`\$&`);
}

function ofSet(_: string, sign: string): string {
  return sign.replaceAll(/[[\\\]^]/gu, String.raw`\$&`);
}
