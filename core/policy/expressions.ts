/**
 * Jinja as a registration may bring it along. Ansible evaluates the texts of tasks and templates on the control host, where a lookup
 * runs programs (Ansible documentation, "Lookups"), so a text is read by a grammar of what cannot: variables by their names, literals,
 * filters from a list with literal arguments, and in conditions tests and comparisons of these. What the grammar does not know is
 * refused, whatever word it is made of.
 */

/** Filters of Jinja and Ansible that turn one value into another, and neither read files nor run anything. */
const FILTERS: ReadonlySet<string> = new Set([
  'b64encode',
  'bool',
  'capitalize',
  'd',
  'default',
  'first',
  'float',
  'int',
  'join',
  'last',
  'length',
  'lower',
  'mandatory',
  'quote',
  'replace',
  'round',
  'sort',
  'string',
  'title',
  'to_json',
  'to_nice_json',
  'to_nice_yaml',
  'to_yaml',
  'trim',
  'unique',
  'upper',
  'urlencode',
]);

/** Tests after `is`, and the words that conditions are made of. */
const TESTS: ReadonlySet<string> = new Set([
  'defined',
  'undefined',
  'none',
  'true',
  'false',
  'string',
  'number',
  'mapping',
  'success',
  'succeeded',
  'failed',
  'changed',
  'skipped',
]);
const WORDS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'else', 'true', 'false', 'none']);

/** Variables of Ansible's own through which every other one is read, those of other hosts and of its vault files too. */
const EVERYTHING: ReadonlySet<string> = new Set(['vars', 'hostvars']);

const TOKEN =
  /\s*(?:(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<number>\d+(?:\.\d+)?)|(?<string>'[^'\\{}%]*'|"[^"\\{}%]*")|(?<sign>==|!=|<=|>=|[<>|().,=[\]]))/y;

interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'sign' | 'end';
  readonly text: string;
}

/** Thrown inside this file alone: why a text is not of the grammar. */
class NotPlain extends Error {}

/**
 * Why a text that Ansible templates is more than plain; undefined where it is not. `filters` are further filters that the
 * installation allows. Pure.
 */
export function brokenText(text: string, filters: readonly string[] = []): string | undefined {
  // Ansible's templates may change their own delimiters in the first line.
  if (/^#jinja2\s*:/i.test(text)) return 'begins with "#jinja2:", which changes how the rest is read';
  if (/\{%/.test(text)) return 'holds a statement ({% … %})';
  // A comment may hide from a reader what another delimiter begins.
  if (/\{#/.test(text)) return 'holds a comment ({# … #})';
  for (const expression of expressionsIn(text)) {
    if (expression === undefined) return 'holds "{{" without "}}"';
    const why = brokenExpression(trimmed(expression), filters);
    if (why !== undefined) return `holds {{${expression}}}: ${why}`;
  }
  return undefined;
}

/** Variables that a text which Ansible templates is made of, as far as its expressions are plain. */
export function variablesIn(text: string): ReadonlySet<string> {
  const names = expressionsIn(text).flatMap((expression = '') => {
    try {
      return new Parser(tokensOf(trimmed(expression)), FILTERS).whole();
    } catch (error) {
      if (error instanceof NotPlain) return [];
      throw error;
    }
  });
  return new Set(names);
}

/** What stands between braces; undefined of one that does not end. */
function expressionsIn(text: string): readonly (string | undefined)[] {
  const found: (string | undefined)[] = [];
  for (let from = text.indexOf('{{'); from >= 0; from = text.indexOf('{{', from)) {
    const end = text.indexOf('}}', from);
    found.push(end < 0 ? undefined : text.slice(from + 2, end));
    if (end < 0) break;
    from = end + 2;
  }
  return found;
}

/** Without the signs that take white space away. */
function trimmed(expression: string): string {
  return expression.replace(/^-|-$/g, '');
}

/** The filter that alone was missed, by what {@link brokenText} or {@link brokenExpression} has said. */
export function missedFilter(why: string): string | undefined {
  return /filter "([\w.]+)" is not allowed$/.exec(why)?.[1];
}

/** Why a text that is an expression without braces, as `when` is, cannot be one; undefined where it can. */
export function brokenExpression(text: string, filters: readonly string[] = []): string | undefined {
  try {
    new Parser(tokensOf(text), new Set([...FILTERS, ...filters])).whole();
    return undefined;
  } catch (error) {
    if (error instanceof NotPlain) return error.message;
    throw error;
  }
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  const end = text.trimEnd().length;
  while (pattern.lastIndex < end) {
    const at = pattern.lastIndex;
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined)
      throw new NotPlain(`"${text.slice(at).trim().slice(0, 20)}" is no variable, literal or filter`);
    const [kind, found] = Object.entries(groups).find(([, value]) => value !== undefined) ?? ['end', ''];
    tokens.push({ kind: kind as Token['kind'], text: found });
  }
  return tokens;
}

/** Conditions and values within each other: more than anybody writes, and no text exhausts the stack. */
const DEEPEST = 100;

const END: Token = { kind: 'end', text: '' };

/** A condition of comparisons of filtered values, from the loosest binding to the tightest. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #filters: ReadonlySet<string>;
  readonly #variables: string[] = [];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], filters: ReadonlySet<string>) {
    this.#tokens = tokens;
    this.#filters = filters;
  }

  /** Reads it to its end; gives the variables that it names. */
  whole(): readonly string[] {
    this.#condition();
    const rest = this.#next();
    if (rest.kind !== 'end') throw new NotPlain(`"${rest.text}" is not expected there`);
    return this.#variables;
  }

  #condition(): void {
    this.#deeper();
    this.#comparison();
    while (this.#take('and') || this.#take('or')) this.#comparison();
    if (this.#take('if')) {
      this.#condition();
      if (this.#take('else')) this.#condition();
    }
    this.#depth -= 1;
  }

  #comparison(): void {
    while (this.#take('not'));
    this.#filtered();
    if (this.#take('is')) {
      this.#take('not');
      const test = this.#next();
      if (test.kind !== 'name' || !TESTS.has(test.text)) throw new NotPlain(`test "${test.text}" is not allowed`);
      return;
    }
    const negated = this.#take('not');
    if (negated && this.#peek().text !== 'in') throw new NotPlain('"not" is not expected there');
    if (['==', '!=', '<', '>', '<=', '>='].some((sign) => this.#take(sign)) || this.#take('in')) this.#filtered();
  }

  #filtered(): void {
    this.#deeper();
    this.#value();
    while (this.#take('|')) {
      const filter = this.#filterName();
      if (!this.#filters.has(filter)) throw new NotPlain(`filter "${filter}" is not allowed`);
      if (this.#take('(')) this.#arguments();
    }
    this.#depth -= 1;
  }

  #deeper(): void {
    if (this.#depth >= DEEPEST) throw new NotPlain('it is nested too deep');
    this.#depth += 1;
  }

  /** As a whole: that of a collection has dots (`ansible.builtin.password_hash`). */
  #filterName(): string {
    let name = this.#next().text;
    while (this.#take('.')) name += `.${this.#next().text}`;
    return name;
  }

  #arguments(): void {
    if (this.#take(')')) return;
    do this.#argument();
    while (this.#take(','));
    this.#expect(')');
  }

  /** By place, or by name as in `to_nice_json(indent=2)`. */
  #argument(): void {
    if (this.#peek().kind === 'name' && this.#tokens[this.#at + 1]?.text === '=') this.#at += 2;
    this.#filtered();
  }

  #value(): void {
    if (this.#take('(')) {
      this.#condition();
      this.#expect(')');
      return;
    }
    const token = this.#next();
    if (token.kind === 'string' || token.kind === 'number') return;
    if (token.kind !== 'name')
      throw new NotPlain(token.kind === 'end' ? 'it is empty' : `"${token.text}" is not expected there`);
    if (['true', 'false', 'none', 'True', 'False', 'None'].includes(token.text)) return;
    this.#variable(token.text);
  }

  /** Names with dots and literal keys, but none of Ansible's that hold all others. An underscore at the front reaches into Python's own objects, a bracket calls. */
  #variable(name: string): void {
    if (WORDS.has(name) || name.startsWith('__')) throw new NotPlain(`"${name}" is not expected there`);
    if (EVERYTHING.has(name)) throw new NotPlain(`"${name}" holds every variable of the play`);
    this.#variables.push(name);
    for (;;) {
      if (this.#peek().text === '(') throw new NotPlain(`"${name}" is called`);
      if (this.#take('.')) this.#key('name', 'number');
      else if (this.#take('[')) {
        this.#key('string', 'number');
        this.#expect(']');
      } else return;
    }
  }

  #key(...kinds: readonly Token['kind'][]): void {
    const key = this.#next();
    if (!kinds.includes(key.kind) || /^['"]?_/.test(key.text)) throw new NotPlain(`key "${key.text}" is not allowed`);
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw new NotPlain(`"${this.#peek().text}" stands where "${text}" is expected`);
  }

  /** Words and signs; a string that is spelt alike is none. */
  #take(text: string): boolean {
    const { kind, text: found } = this.#peek();
    if (found !== text || kind === 'string') return false;
    this.#at += 1;
    return true;
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? END;
  }

  #next(): Token {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }
}
