import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';

interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML file that a person wrote for us: its data, and where each field of it stands. */
export interface YamlFile {
  readonly data: unknown;
  readonly errors: readonly (Position & { readonly message: string })[];
  /** Of a field, or of the nearest one above it that is there; with `key`, of that key inside it. */
  readonly position: (path: readonly PropertyKey[], key?: string) => Position;
}

export function readYaml(text: string): YamlFile {
  const lines = new LineCounter();
  const document = parsed(text, lines);
  if (document === undefined) {
    const start = { line: 1, column: 1 };
    return { data: undefined, errors: [{ ...start, message: 'is nested too deeply' }], position: () => start };
  }
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    // An empty file has no line to count.
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const errors = document.errors.map((error) => ({ ...at(error.pos[0]), message: firstLine(error) }));
  const { data, fault } = dataOf(document, errors.length > 0);
  return {
    data,
    errors: fault === undefined ? errors : [...errors, { line: 1, column: 1, message: fault }],
    position: (path, key) => at(offsetOf(document, path, key)),
  };
}

/** Undefined where the parser runs out of stack. */
function parsed(text: string, lineCounter: LineCounter): Document | undefined {
  try {
    return parseDocument(text, { lineCounter, logLevel: 'error' });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** An alias without its anchor is found only when the data is made. */
function dataOf(document: Document, broken: boolean): { readonly data?: unknown; readonly fault?: string } {
  if (broken) return {};
  try {
    return { data: document.toJS() as unknown };
  } catch (error) {
    if (error instanceof ReferenceError) return { fault: firstLine(error) };
    if (error instanceof RangeError) return { fault: 'is nested too deeply' };
    throw error;
  }
}

/** A parser's message without its repeated position, its picture of the line, and what it advises a programmer. */
export function firstLine(error: Error): string {
  return (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$|; please use .*$/, '');
}

function offsetOf(document: Document, path: readonly PropertyKey[], key: string | undefined): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (!isNode(node) || !node.range) continue;
    const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
    const found = length === path.length && isNode(pair?.key) ? pair.key.range : undefined;
    return (found ?? node.range)[0];
  }
  return 0;
}
