import {
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { EditOutcome, Splice } from './edit.ts';

/** Why an edit of a text cannot be made. Caught by the edit and answered as `refused`. */
export class CannotEdit extends Error {}

export type Parsed = readonly Document.Parsed[];

/** All documents of a file, for their positions. Throws {@link CannotEdit} with line and reason where one does not parse. */
export function parse(text: string): Parsed {
  // Custom tags are people's own (Authentik, Ansible vault): unknown to us, and not an error.
  const documents = parseAllDocuments(text, {
    keepSourceTokens: true,
    logLevel: 'silent',
    strict: true,
    uniqueKeys: true,
  });
  const list = Array.isArray(documents) ? documents : [];
  for (const document of list) {
    const [error] = document.errors;
    if (error !== undefined) {
      const at = error.linePos?.[0];
      throw new CannotEdit(`it does not parse as YAML, line ${at?.line ?? '?'}: ${error.message.split('\n')[0] ?? ''}`);
    }
  }
  return list as Parsed;
}

/** The document of a Kubernetes object. */
export function documentOf(documents: Parsed, kind: string, name: string): Document.Parsed {
  const found = documents.filter(
    (document) => document.getIn(['kind']) === kind && document.getIn(['metadata', 'name']) === name,
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new CannotEdit(`it holds ${found.length} documents of kind ${kind} named ${name}, one is needed`);
}

/** A block mapping at a path. Throws where it is absent, in flow style or behind an alias. */
export function blockMap(
  root: { getIn(path: unknown[], keep?: boolean): unknown },
  path: readonly (string | number)[],
): YAMLMap {
  const node = root.getIn([...path], true);
  if (isMap(node) && node.flow !== true && node.items.length > 0) return node;
  throw new CannotEdit(`${path.join('.')} is not a block mapping with entries`);
}

/** A block sequence at a path, with at least one entry. */
export function blockSeq(
  root: { getIn(path: unknown[], keep?: boolean): unknown },
  path: readonly (string | number)[],
): YAMLSeq {
  const node = root.getIn([...path], true);
  if (isSeq(node) && node.flow !== true && node.items.length > 0) return node;
  throw new CannotEdit(`${path.join('.')} is not a block list with entries`);
}

export function newlineOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** Offset of the first character of the line that holds `offset`. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Offset of the line's end, before its line break. */
export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  const at = end === -1 ? text.length : end;
  return text[at - 1] === '\r' && at > offset ? at - 1 : at;
}

/** Column of an offset: how far its line is indented before it. */
export function column(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

/** End of the last line of a node's own text: trailing blank lines and comments of what follows are not its own. */
export function ownEnd(text: string, node: Node): number {
  const range = rangeOf(node);
  let end = range[1];
  while (end > range[0] && /[\s]/.test(text[end - 1] ?? '')) end -= 1;
  return lineEnd(text, end);
}

export function rangeOf(node: unknown): [number, number, number] {
  const range = (node as { range?: [number, number, number] | null } | null)?.range;
  if (range === undefined || range === null) throw new CannotEdit('a node has no position');
  return range;
}

/** Start of a list entry: its dash. */
export function dashOf(text: string, item: unknown): number {
  const [start] = rangeOf(item);
  const from = lineStart(text, start);
  const match = /^(\s*)-\s/.exec(text.slice(from, start));
  if (match === null) throw new CannotEdit('a list entry does not begin on the line of its dash');
  return from + (match[1]?.length ?? 0);
}

export function keyStart(pair: Pair): number {
  return rangeOf(pair.key)[0];
}

/** Whether a blank line stands above the line of an offset. */
export function blankAbove(text: string, offset: number): boolean {
  const start = lineStart(text, offset);
  if (start === 0) return false;
  return text.slice(lineStart(text, start - 1), start).trim() === '';
}

export function isBlock(pair: Pair): boolean {
  return isScalar(pair.value) && (pair.value.type === 'BLOCK_LITERAL' || pair.value.type === 'BLOCK_FOLDED');
}

/** Inserts lines after the line that ends at `end`. */
export function insertAfter(text: string, end: number, lines: readonly string[]): Splice {
  const newline = newlineOf(text);
  return { offset: end, remove: '', insert: lines.map((line) => `${newline}${line}`).join('') };
}

/** Removes from the end of the line before `start` to `end`, with the one blank line above when `withBlank`. */
export function removeLines(text: string, start: number, end: number, withBlank: boolean): Splice {
  let from = lineStart(text, start);
  if (withBlank && blankAbove(text, from)) from = lineStart(text, from - 1);
  if (from === 0) throw new CannotEdit('the entry is the first line of the file');
  from -= text[from - 2] === '\r' ? 2 : 1;
  return { offset: from, remove: text.slice(from, end), insert: '' };
}

export function apply(text: string, splices: readonly Splice[]): string {
  return splices
    .toSorted((a, b) => b.offset - a.offset)
    .reduce((result, splice) => {
      const there = result.slice(splice.offset, splice.offset + splice.remove.length);
      if (there !== splice.remove) throw new CannotEdit('the text has changed since the edit was computed');
      return result.slice(0, splice.offset) + splice.insert + result.slice(splice.offset + splice.remove.length);
    }, text);
}

/** The splices that give the text before, from the text after. */
export function invert(splices: readonly Splice[]): readonly Splice[] {
  let shift = 0;
  return splices
    .toSorted((a, b) => a.offset - b.offset)
    .map((splice) => {
      const inverse = { offset: splice.offset + shift, remove: splice.insert, insert: splice.remove };
      shift += splice.insert.length - splice.remove.length;
      return inverse;
    });
}

/** Runs an edit; what it cannot do becomes `refused` with the lines to add by hand. */
export function guarded(addByHand: string, edit: () => EditOutcome): EditOutcome {
  try {
    return edit();
  } catch (error) {
    if (error instanceof CannotEdit) return { kind: 'refused', reason: error.message, addByHand };
    throw error;
  }
}

/** Applies splices and proves that the data came out as wanted, in every document of the file. */
export function proven(text: string, splices: readonly Splice[], wanted: readonly unknown[]): EditOutcome {
  const after = apply(text, splices);
  const data = parse(after).map((document) => document.toJS() as unknown);
  if (JSON.stringify(data) !== JSON.stringify(wanted)) throw new CannotEdit('the result would not read back as wanted');
  return { kind: 'changed', text: after, splices, inverse: invert(splices) };
}

/** The data of all documents, to be changed as wanted and compared. */
export function dataOf(documents: Parsed): unknown[] {
  return documents.map((document) => structuredClone(document.toJS()) as unknown);
}
