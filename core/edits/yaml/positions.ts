import { isMap, isNode, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { CannotEdit } from './yamlDocument.ts';

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

export function rangeOf(node: unknown): [number, number, number] {
  const range = (node as { range?: [number, number, number] | null } | null)?.range;
  if (range === undefined || range === null) throw new CannotEdit('a node has no position');
  return range;
}

export function keyStart(pair: Pair): number {
  return rangeOf(pair.key)[0];
}

/** Start of a list entry: its dash, on the entry's own line or, with nothing but comments, anchor and tag between, above it. */
export function dashOf(text: string, item: unknown): number {
  const [start] = rangeOf(item);
  let from = lineStart(text, start);
  for (let end = start; ; end = from, from = lineStart(text, from - 1)) {
    const line = text.slice(from, end);
    const match = /^(\s*)-\s/.exec(line);
    if (match !== null) return from + (match[1]?.length ?? 0);
    if (from === 0 || !/^\s*([&!]\S*\s*)*(#.*)?\s*$/.test(line))
      throw new CannotEdit('a list entry does not begin on the line of its dash');
  }
}

/** Whether nothing stands before an offset on its line. */
export function beginsLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === '';
}

export function isBlock(pair: Pair): boolean {
  return isBlockScalar(pair.value);
}

/** End of the last line of a node's own text: trailing blank lines and comments of what follows are not its own. */
export function ownEnd(text: string, node: Node): number {
  const [start] = rangeOf(node);
  const leaf = lastLeaf(node);
  let end = leaf.end;
  // Line breaks that a scalar keeps are part of its value.
  if (keptBy(text, leaf.node)) return end - (/\r?\n$/.exec(text.slice(end - 2, end))?.[0].length ?? 0);
  while (end > start && /\s/.test(text[end - 1] ?? '')) end -= 1;
  return lineEnd(text, end);
}

/** A block collection's own range may reach over comments down to the next key, so only its leaves tell where it ends. */
function lastLeaf(node: Node): { readonly node: Node; readonly end: number } {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    const key = { node: last?.key as Node, end: rangeOf(last?.key)[1] };
    return isEmpty(last?.value) ? key : lastLeaf(last?.value as Node);
  }
  const last = isSeq(node) && node.flow !== true ? node.items.at(-1) : undefined;
  return isNode(last) && !isEmpty(last) ? lastLeaf(last) : { node, end: rangeOf(node)[1] };
}

/** `|` or `>`. */
export function isBlockScalar(node: unknown): boolean {
  return isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
}

function keptBy(text: string, leaf: Node): boolean {
  const [start] = rangeOf(leaf);
  return isBlockScalar(leaf) && /^[|>][0-9]*\+/.test(text.slice(start, start + 4));
}

/** Whether the node ends with a block scalar that keeps its line breaks (`|+`): a blank line below is part of that. */
export function keepsBreaks(text: string, node: Node): boolean {
  return keptBy(text, lastLeaf(node).node);
}

/**
 * Refuses to put anything below a block scalar that ends with its file and without a line break: Go and Python read none at the
 * end of its value then, and would read one with lines below.
 */
export function assertClosed(text: string, node: Node): void {
  const leaf = lastLeaf(node);
  const header = /^[|>][0-9+-]*/.exec(text.slice(rangeOf(leaf.node)[0], rangeOf(leaf.node)[0] + 4))?.[0] ?? '';
  if (isBlockScalar(leaf.node) && !header.includes('-') && leaf.end >= text.length && !text.endsWith('\n'))
    throw new CannotEdit('the file has no line break at its end, and its last value would change with lines below it');
}

function isEmpty(node: unknown): boolean {
  return !isNode(node) || (isScalar(node) && node.range?.[0] === node.range?.[1]);
}

/** End of a list entry, to insert another one after it. */
export function itemEnd(text: string, item: Node): number {
  return entryEnd(text, item, column(text, dashOf(text, item)));
}

/** End of a mapping's pair, to insert another one after it. */
export function pairEnd(text: string, pair: Pair): number {
  return entryEnd(text, (pair.value ?? pair.key) as Node, column(text, keyStart(pair)));
}

/**
 * End of an entry with the comment lines below that are indented deeper than the entry's dash or key: they are about the
 * entry.
 */
function entryEnd(text: string, node: Node, indent: number): number {
  let end = ownEnd(text, node);
  for (;;) {
    const comment = /^(?:[ \t]*\r?\n)+( *)#/.exec(text.slice(end));
    if ((comment?.[1]?.length ?? 0) <= indent) return end;
    end = lineEnd(text, end + (comment?.[0].length ?? 0));
  }
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
