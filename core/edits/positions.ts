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

/** Start of a list entry: its dash. */
export function dashOf(text: string, item: unknown): number {
  const [start] = rangeOf(item);
  const from = lineStart(text, start);
  const match = /^(\s*)-\s/.exec(text.slice(from, start));
  if (match === null) throw new CannotEdit('a list entry does not begin on the line of its dash');
  return from + (match[1]?.length ?? 0);
}

export function isBlock(pair: Pair): boolean {
  return isScalar(pair.value) && (pair.value.type === 'BLOCK_LITERAL' || pair.value.type === 'BLOCK_FOLDED');
}

/** End of the last line of a node's own text: trailing blank lines and comments of what follows are not its own. */
export function ownEnd(text: string, node: Node): number {
  const [start] = rangeOf(node);
  let end = lastLeafEnd(node);
  while (end > start && /\s/.test(text[end - 1] ?? '')) end -= 1;
  return lineEnd(text, end);
}

/** A block collection's own range may reach over comments down to the next key, so only its leaves tell where it ends. */
function lastLeafEnd(node: Node): number {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    const keyEnd = rangeOf(last?.key)[1];
    return isEmpty(last?.value) ? keyEnd : Math.max(keyEnd, lastLeafEnd(last?.value as Node));
  }
  const last = isSeq(node) && node.flow !== true ? node.items.at(-1) : undefined;
  return isNode(last) && !isEmpty(last) ? lastLeafEnd(last) : rangeOf(node)[1];
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

/** The same with the comment lines below that are indented deeper than the entry's dash or key: they are about the entry. */
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
