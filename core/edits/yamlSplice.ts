import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseAllDocuments,
  visit,
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

export type Path = readonly (string | number)[];

/** A block mapping at a path. Throws where it is absent, in flow style, or shared by an anchor. */
export function blockMap(document: Document.Parsed, path: Path): YAMLMap {
  const node = unshared(document, path);
  if (isMap(node) && node.flow !== true && node.items.length > 0) return node;
  throw new CannotEdit(`${path.join('.')} is not a block mapping with entries`);
}

/** A block sequence of mappings at a path, with at least one entry. Throws as {@link blockMap} does. */
export function blockSeq(document: Document.Parsed, path: Path): YAMLSeq {
  const node = unshared(document, path);
  if (isSeq(node) && node.flow !== true && node.items.length > 0 && node.items.every((item) => isMap(item)))
    return node;
  throw new CannotEdit(`${path.length === 0 ? 'it' : path.join('.')} is not a block list of mappings`);
}

/** The node at a path. What an alias repeats elsewhere is not ours to change: a line added there would show twice. */
function unshared(document: Document.Parsed, path: Path): unknown {
  const way = path.map((_, i) => document.getIn(path.slice(0, i + 1), true));
  const anchors = [document.contents, ...way].flatMap((node) =>
    isNode(node) && 'anchor' in node && node.anchor !== undefined ? [node.anchor] : [],
  );
  if (way.some((node) => isAlias(node))) throw new CannotEdit(`${path.join('.')} is behind an alias`);
  visit(document, {
    Alias(_, alias) {
      if (anchors.includes(alias.source))
        throw new CannotEdit(`${path.join('.')} is shared by the anchor &${alias.source}: others would change too`);
    },
  });
  return path.length === 0 ? document.contents : way.at(-1);
}

export function newlineOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** Offset of the first character of the line that holds `offset`. */
export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
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

/** The same for a list entry, with the comment lines directly below that are indented deeper than its dash. */
export function entryEnd(text: string, item: Node): number {
  const dash = column(text, dashOf(text, item));
  let end = ownEnd(text, item);
  for (;;) {
    const next = text.indexOf('\n', end) + 1;
    const comment = next === 0 ? null : /^( *)#/.exec(text.slice(next, lineEnd(text, next)));
    if ((comment?.[1]?.length ?? 0) <= dash) return end;
    end = lineEnd(text, next);
  }
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

/** Start of the line of a key or dash, or of the comment lines directly above it at its own column. */
export function startWithComments(text: string, offset: number): number {
  const indent = column(text, offset);
  let start = lineStart(text, offset);
  while (start > 0) {
    const above = lineStart(text, start - 1);
    const line = text.slice(above, start);
    if (!line.trimStart().startsWith('#') || line.length - line.trimStart().length !== indent) break;
    start = above;
  }
  return start;
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
  const data = dataOf(parse(after));
  if (JSON.stringify(data) !== JSON.stringify(wanted)) throw new CannotEdit('the result would not read back as wanted');
  return { kind: 'changed', text: after, splices, inverse: invert(splices) };
}

/** The data of all documents, to be changed as wanted and compared. What aliases repeat is repeated here. */
export function dataOf(documents: Parsed): unknown[] {
  return documents.map((document) => JSON.parse(JSON.stringify(plainData(document) ?? null)) as unknown);
}

/** One document's data; of an alias, what it stands for. */
export function plainData(document: Document.Parsed): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // An alias without its anchor, or aliases of aliases without end.
    if (error instanceof ReferenceError) throw new CannotEdit(`it cannot be read as data: ${error.message}`);
    throw error;
  }
}
