/** What a text of an ExternalSecret's template makes of the values that were fetched. */
export interface TemplateText {
  /** The fetched value that it is, unchanged and nothing beside it; undefined where it is anything else. */
  readonly verbatim: string | undefined;
  /** Names of fetched values that it uses. */
  readonly uses: readonly string[];
  /** It may use values that it does not name: it ranges over them, or hands all of them on. */
  readonly usesAll: boolean;
}

const ACTION = /\{\{(-(?=\s))?((?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^"`}]|\}(?!\}))*?)((?<=\s)-)?\}\}/g;
const TOKEN =
  /"(?:[^"\\]|\\.)*"|`[^`]*`|[$.]?[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*|\$\.[\p{L}_][\p{L}\p{N}_.]*|[.$]|\S/gu;

/**
 * Reads a text by the rules of Go's `text/template`, as the engine of External Secrets runs it: the values are a map of texts, v1's
 * one of bytes, so that a value alone is none of its own there without `toString`. Functions that change a value are not followed.
 */
export function readTemplate(text: string, engine: 'v1' | 'v2'): TemplateText {
  const actions = [...text.matchAll(ACTION)];
  const uses = new Set<string>();
  let usesAll = false;
  for (const [, , inner = ''] of actions) {
    const used = usedBy(inner);
    for (const name of used.names) uses.add(name);
    usesAll ||= used.all;
  }
  const [only, ...more] = actions;
  const rest = only === undefined ? text : aroundOf(text, only);
  const verbatim = only === undefined || more.length > 0 || rest !== '' ? undefined : valueOf(only[2] ?? '', engine);
  return { verbatim, uses: [...uses], usesAll };
}

/** The text beside an action; its trim markers take the blanks next to it away. */
function aroundOf(text: string, action: RegExpExecArray): string {
  const [whole, trimsLeft, , trimsRight] = action;
  const [before, after] = [text.slice(0, action.index), text.slice(action.index + whole.length)];
  return `${trimsLeft === undefined ? before : before.trimEnd()}${trimsRight === undefined ? after : after.trimStart()}`;
}

const NAME = String.raw`[\p{L}_][\p{L}\p{N}_]*`;
const ALONE = new RegExp(
  String.raw`^(?:\$?\.(${NAME})|index\s+[.$]\s+("(?:[^"\\]|\\.)*"|${'`[^`]*`'}))(\s*\|\s*toString)?$`,
  'u',
);

/** The name of the value that an action prints as it is. */
function valueOf(action: string, engine: 'v1' | 'v2'): string | undefined {
  const bare = action.trim().replace(/^\(\s*([^()]*?)\s*\)$/, '$1');
  const [, name, quoted, toText] = ALONE.exec(bare) ?? [];
  if (engine === 'v1' && toText === undefined) return undefined;
  return name ?? (quoted === undefined ? undefined : unquoted(quoted));
}

/** Words after which a dot may mean something else than all values, or that bring another text in. */
const MOVING = new Set(['range', 'with', 'template', 'block', 'define']);

function usedBy(action: string): { readonly names: readonly string[]; readonly all: boolean } {
  if (/^\s*\/\*/.test(action)) return { names: [], all: false };
  const tokens = action.match(TOKEN) ?? [];
  const names: string[] = [];
  let all = false;
  tokens.forEach((token, at) => {
    if (MOVING.has(token)) all = true;
    const field = /^\$?\.([\p{L}_][\p{L}\p{N}_]*)/u.exec(token)?.[1];
    if (field !== undefined) names.push(field);
    if (token !== '.' && token !== '$') return;
    const next = tokens[at + 1];
    const indexed = tokens[at - 1] === 'index' && next !== undefined && /^["`]/.test(next);
    if (indexed) names.push(unquoted(next));
    else all = true;
  });
  return { names, all };
}

function unquoted(quoted: string): string {
  if (quoted.startsWith('`')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch (error) {
    if (error instanceof SyntaxError) return quoted.slice(1, -1);
    throw error;
  }
}

/**
 * The text that prints a fetched value as it is. Go reads no more than letters, digits and "_" as a name behind a dot. `like` is a text
 * of a neighbour, whose blanks inside the braces are followed.
 */
export function templateFor(name: string, engine: 'v1' | 'v2', like = '{{ .x }}'): string {
  const [, left = '{{ '] = /^(\{\{-?\s*)/.exec(like) ?? [];
  const [, right = ' }}'] = /(\s*-?\}\})$/.exec(like) ?? [];
  const value = new RegExp(`^${NAME}$`, 'u').test(name) ? `.${name}` : `index . ${JSON.stringify(name)}`;
  return `${left}${value}${engine === 'v1' ? ' | toString' : ''}${right}`;
}
