/**
 * Redirect URIs that are regular expressions. Authentik compares the whole URI with one (Python's `re.fullmatch`), and sends the
 * code to whatever matches; so scheme and host must be told by the pattern itself.
 */

const HOST_WORDS = String.raw`(?:[A-Za-z0-9-]|\\[.d-]|[|()]|\(\?:|\[[A-Za-z0-9-]+\]|[+*?]|\{\d+(?:,\d*)?\})`;
/**
 * Scheme, then a host of letters, escaped dots, alternatives and character classes, and what ends it: a slash that may be left out ends
 * nothing, for then the host goes on in what follows.
 */
const HTTP = new RegExp(
  String.raw`^\^?https?\??:(?:\\?/){2}(?<host>${HOST_WORDS}+)(?::(?:\d+|\\d[+*]))?(?:\\?/(?![?*{])|\$?$)`,
);
/** The scheme of an app's own, such as `app\.immich:`. A plus sign that is not escaped repeats: `htt+ps` is https. */
const OTHER = /^\^?(?!https?\b)[a-z](?:[a-z0-9-]|\\[+.])*:/i;
const SCRIPTS = /^\^?(?:javascript|data|vbscript)/i;

/** Why a pattern is no redirect URI; undefined where it is one. Pure. */
export function brokenPattern(pattern: string): string | undefined {
  if (!compiles(pattern)) return 'does not compile as a regular expression';
  if (SCRIPTS.test(pattern)) return 'would match a script, to which no answer may go';
  if (alternativesOutside(pattern))
    return 'has alternatives outside of parentheses: each of them alone would be a redirect URI';
  const host = HTTP.exec(pattern)?.groups?.['host'];
  if (host === undefined ? OTHER.test(pattern) : endsLiterally(host)) return undefined;
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

/** What the text so far may have after its last dot: nothing, plain letters, or what a class or a repetition leaves open. */
type LastLabel = 'empty' | 'literal' | 'open';

const HOST_TOKEN =
  /(?<plain>\\?-|[A-Za-z0-9])|(?<dot>\\\.)|(?<open>\((?:\?:)?)|(?<close>\))|(?<or>\|)|(?:\\d|\[[^\]]*\])/y;
const REPEATED = /[+*?]+|\{\d+(?:,\d*)?\}[+*?]*/y;

/** Whether each host that a pattern of {@link HOST_WORDS} gives ends with a label that stands there in plain letters. */
function endsLiterally(host: string): boolean {
  const token = new RegExp(HOST_TOKEN);
  const repeated = new RegExp(REPEATED);
  const isRepeated = (): boolean => {
    repeated.lastIndex = token.lastIndex;
    if (!repeated.test(host)) return false;
    token.lastIndex = repeated.lastIndex;
    return true;
  };
  const alternatives = (from: ReadonlySet<LastLabel>, depth: number): ReadonlySet<LastLabel> | undefined => {
    const ends = new Set<LastLabel>();
    let labels = from;
    while (token.lastIndex < host.length) {
      const groups = token.exec(host)?.groups;
      if (groups === undefined) return undefined;
      if (groups['close'] !== undefined) return depth > 0 ? new Set([...ends, ...labels]) : undefined;
      if (groups['or'] !== undefined) {
        for (const label of labels) ends.add(label);
        labels = from;
        continue;
      }
      const inner = groups['open'] === undefined ? labels : alternatives(labels, depth + 1);
      if (inner === undefined) return undefined;
      if (isRepeated()) labels = new Set(['open']);
      else if (groups['open'] !== undefined) labels = inner;
      else if (groups['dot'] !== undefined) labels = new Set(['empty']);
      else if (groups['plain'] === undefined) labels = new Set(['open']);
      else labels = new Set([...labels].map((label) => (label === 'open' ? 'open' : 'literal')));
    }
    return depth === 0 ? new Set([...ends, ...labels]) : undefined;
  };
  const ends = alternatives(new Set(['empty']), 0);
  return ends !== undefined && [...ends].every((label) => label === 'literal');
}
