/** What Go's text/template says of a template that it cannot parse or execute, without the place that asks for it. */
export class TemplateError extends Error {
  readonly phase: 'parse' | 'execute';

  constructor(phase: 'parse' | 'execute', message: string) {
    super(message);
    this.phase = phase;
  }
}

type Values = ReadonlyMap<string, string>;
type Value = string | number | Values;

const text = (value: Value | undefined): string => (value === undefined ? '' : shown(value));

/** Those of sprig and of text/template that people use in an ExternalSecret; the piped value comes last. */
const FUNCTIONS: ReadonlyMap<string, (...args: readonly Value[]) => Value> = new Map([
  ['toString', (value) => text(value)],
  ['print', (...args) => args.map(text).join('')],
  [
    'printf',
    (format, ...args) => args.reduce<string>((all, arg) => all.replace(/%[svd]/, () => text(arg)), text(format)),
  ],
  ['quote', (value) => JSON.stringify(text(value))],
  ['squote', (value) => `'${text(value)}'`],
  ['trim', (value) => text(value).trim()],
  ['upper', (value) => text(value).toUpperCase()],
  ['lower', (value) => text(value).toLowerCase()],
  ['replace', (old, by, value) => text(value).replaceAll(text(old), () => text(by))],
  ['default', (other, value) => (text(value) === '' ? (other ?? '') : (value ?? ''))],
  ['b64enc', (value) => Buffer.from(text(value)).toString('base64')],
  ['b64dec', (value) => Buffer.from(text(value), 'base64').toString('utf8')],
  // A key that is not there is the empty text: `missingkey=error` speaks of fields alone.
  ['index', (map, key) => (map instanceof Map ? text((map as Values).get(text(key))) : '')],
] satisfies [string, (...args: readonly Value[]) => Value][]);

const STATEMENTS = new Set(['if', 'else', 'end', 'range', 'with', 'define', 'block', 'template', 'break', 'continue']);

/** An action with the white space that its dashes take away, a string of its own may hold braces. */
const ACTION = /(\s*\{\{-(?=\s)|\{\{)((?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|(?!\}\}|\s-\}\})[^"`])*)(\s-\}\}\s*|\}\})/g;
const TOKEN =
  /\s+|"(?:[^"\\\n]|\\.)*"|`[^`]*`|[|()]|\d+|\.(?:[\p{L}_][\p{L}\p{Nd}_]*)?|\$|[\p{L}_][\p{L}\p{Nd}_]*|./gsu;

/**
 * A text made by a template of Go's text/template with `missingkey=error`, as External Secrets executes it (runtime/template/v2):
 * fields, `index`, strings, pipes and the usual functions. Throws {@link TemplateError} in Go's own words, for a statement or a
 * function that the sandbox does not know as for one that nobody knows.
 */
export function executed(name: string, text: string, values: Values): string {
  const actions = [...text.matchAll(ACTION)].map((match) => {
    const { index, 0: whole, 1: open = '', 2: inner = '' } = match;
    return { from: index, to: index + whole.length, action: new Action(name, text, index + open.length, inner) };
  });
  const made = actions.map(({ from, action }, i) => {
    const before = text.slice(actions[i - 1]?.to ?? 0, from);
    return before + shown(action.value(values));
  });
  return made.join('') + text.slice(actions.at(-1)?.to ?? 0);
}

function shown(value: Value): string {
  if (value instanceof Map) return `map[${[...(value as Values)].map(([key, each]) => `${key}:${each}`).join(' ')}]`;
  return String(value);
}

interface Token {
  readonly text: string;
  readonly at: number;
}

/** What stands between one pair of braces. It is parsed as a whole before any other action is executed. */
class Action {
  readonly #name: string;
  readonly #template: string;
  readonly #tokens: readonly Token[];

  constructor(name: string, template: string, start: number, inner: string) {
    this.#name = name;
    this.#template = template;
    // A blank between braces and comment is a mistake, but beside a dash.
    const comment = /^\/\*[\s\S]*\*\/$/.test(template[start - 1] === '-' ? inner.trimStart() : inner);
    const found = comment ? [] : [...inner.matchAll(TOKEN)].map(({ 0: text, index }) => ({ text, at: start + index }));
    this.#tokens = found.filter(({ text }) => text.trim() !== '');
    this.#check(found);
  }

  /** The value of its pipeline. */
  value(values: Values): Value {
    if (this.#tokens.length === 0) return '';
    const reader = { at: 0 };
    return this.#pipeline(reader, values);
  }

  #check(found: readonly Token[]): void {
    for (const [i, { text, at }] of found.entries()) {
      const word = /^[\p{L}_]/u.test(text);
      if (STATEMENTS.has(text))
        throw this.#wrong('parse', at, `unexpected {{${text}}}: the sandbox knows no statements`);
      if (word && !FUNCTIONS.has(text)) throw this.#wrong('parse', at, `function "${text}" not defined`);
      const next = found[i + 1]?.text;
      const ends = next === undefined || /^[\s|().]/.test(next);
      if ((word || /^\.\p{L}/u.test(text)) && !ends) throw this.#badCharacter(at, next);
      if (!/^[\s"`|()\d.$\p{L}_]/u.test(text)) throw this.#wrong('parse', at, `unexpected "${text}" in operand`);
    }
  }

  #badCharacter(at: number, text: string): TemplateError {
    const code = text.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    return this.#wrong('parse', at, `bad character U+${code} '${text[0]}'`);
  }

  /** Words of Go with the line, and for an execution with the column and the name once more. */
  #wrong(phase: 'parse' | 'execute', at: number, what: string, of = ''): TemplateError {
    const before = this.#template.slice(0, at);
    const line = before.split('\n').length;
    const column = at - (before.lastIndexOf('\n') + 1);
    const where = phase === 'parse' ? `${line}` : `${line}:${column}: executing "${this.#name}" at <${of}>`;
    return new TemplateError(phase, `template: ${this.#name}:${where}: ${what}`);
  }

  #pipeline(reader: { at: number }, values: Values): Value {
    let last: Value | undefined;
    for (;;) {
      last = this.#command(reader, values, last);
      if (this.#tokens[reader.at]?.text !== '|') return last;
      reader.at += 1;
    }
  }

  #command(reader: { at: number }, values: Values, piped: Value | undefined): Value {
    const [first] = this.#tokens.slice(reader.at);
    const name = first !== undefined && /^[\p{L}_]/u.test(first.text) ? first.text : undefined;
    if (name !== undefined) reader.at += 1;
    const operands: Value[] = [];
    while (!['|', ')', undefined].includes(this.#tokens[reader.at]?.text)) operands.push(this.#operand(reader, values));
    const args = piped === undefined ? operands : [...operands, piped];
    if (name !== undefined) return FUNCTIONS.get(name)?.(...args) ?? '';
    const [value] = operands;
    if (value === undefined || args.length > 1)
      throw this.#wrong(
        'parse',
        first?.at ?? 0,
        value === undefined ? 'missing value for command' : "can't give argument to non-function",
      );
    return value;
  }

  #operand(reader: { at: number }, values: Values): Value {
    const { text, at } = this.#tokens[reader.at] as Token;
    reader.at += 1;
    if (text === '(') {
      const value = this.#pipeline(reader, values);
      reader.at += 1;
      return value;
    }
    if (text.startsWith('"')) return JSON.parse(text) as string;
    if (text.startsWith('`')) return text.slice(1, -1);
    if (/^\d/.test(text)) return Number(text);
    if (text === '.' || text === '$') return values;
    if (!text.startsWith('.')) return FUNCTIONS.get(text)?.() ?? '';
    const value = values.get(text.slice(1));
    if (value === undefined) throw this.#wrong('execute', at, `map has no entry for key "${text.slice(1)}"`, text);
    return value;
  }
}
