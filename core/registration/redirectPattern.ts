/**
 * Redirect URIs that are regular expressions. Authentik compares the whole URI with one (Python's `re.fullmatch`), and sends the
 * code to whatever matches; so scheme and host must be told by the pattern itself.
 */

const HOST_WORDS = String.raw`(?:[A-Za-z0-9-]|\\[.d-]|[|()]|\(\?:|\[[A-Za-z0-9-]+\]|[+*?]|\{\d+(?:,\d*)?\})`;
/** Scheme, then a host of letters, escaped dots, alternatives and character classes; it ends with a literal label. */
const HTTP = new RegExp(
  String.raw`^\^?https?\??:(?:\\?/){2}${HOST_WORDS}*(?<![+*?}])[A-Za-z0-9)](?::(?:\d+|\\d[+*]))?(?:\\?/|\$?$)`,
);
/** The scheme of an app's own, such as `app\.immich:` */
const OTHER = /^\^?(?!https?\b)(?:[A-Za-z][A-Za-z0-9+-]*(?:\\\.)?)+:/;
const SCRIPTS = /^\^?(?:javascript|data|vbscript)/i;

/** Why a pattern is no redirect URI; undefined where it is one. Pure. */
export function brokenPattern(pattern: string): string | undefined {
  if (!compiles(pattern)) return 'does not compile as a regular expression';
  if (SCRIPTS.test(pattern)) return 'would match a script, to which no answer may go';
  if (alternativesOutside(pattern))
    return 'has alternatives outside of parentheses: each of them alone would be a redirect URI';
  if (HTTP.test(pattern) || OTHER.test(pattern)) return undefined;
  return String.raw`must begin with a scheme and a host that it tells, such as https://[a-z]+\.example\.org/callback: an unescaped "." there matches any host`;
}

/** Python writes named groups in another way than JavaScript; else what people need here is the same. */
function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern.replaceAll('(?P<', '(?<')).test('');
    return true;
  } catch {
    return false;
  }
}

function alternativesOutside(pattern: string): boolean {
  let depth = 0;
  for (const [sign] of pattern.replaceAll(/\\.|\[[^\]]*\]/g, '').matchAll(/[(|)]/g)) {
    if (sign === '(') depth += 1;
    if (sign === ')') depth -= 1;
    if (sign === '|' && depth === 0) return true;
  }
  return false;
}
