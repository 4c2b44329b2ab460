import { isMap, isScalar, isSeq, type Pair, type YAMLSeq } from 'yaml';
import type { Splice } from '../yaml/edit.ts';
import {
  blankAbove,
  dashOf,
  keyStart,
  lineEnd,
  lineStart,
  ownEnd,
  rangeOf,
  startWithComments,
} from '../yaml/positions.ts';
import { CannotEdit, pairOf } from '../yaml/yamlDocument.ts';
import type { Section } from './blueprintSection.ts';
import type { SectionEntry } from './sectionEntries.ts';

/** Where an entry begins, with its mark and its comments. */
export function startOf(text: string, { mark, node }: SectionEntry): number {
  return startWithComments(text, dashOf(text, mark ?? node));
}

/** A field of an entry's part and its value; undefined where the part has no such field, or is none. */
export function fieldOf(part: unknown, field: string): Pair | undefined {
  return isMap(part) ? pairOf(part, field) : undefined;
}

export function keyText({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : '';
}

export function isBlockSeq(node: unknown): node is YAMLSeq {
  return isSeq(node) && node.flow !== true && node.items.length > 0;
}

export function isEmpty({ value }: Pair): boolean {
  return value === null || (isScalar(value) && value.range?.[0] === value.range?.[1]);
}

/** Key and value, and nothing else but a comment, on one line. */
export function isOneLine(text: string, pair: Pair): boolean {
  if (isEmpty(pair)) return true;
  const block = isMap(pair.value) || isSeq(pair.value) ? pair.value.flow !== true : false;
  return !block && rangeOf(pair.value)[1] <= lineEnd(text, keyStart(pair));
}

/** Where the value begins, its tag included. */
export function valueStart(text: string, pair: Pair): number {
  const colon = text.indexOf(':', rangeOf(pair.key)[1]);
  if (isEmpty(pair)) return colon + 1;
  return colon + 1 + (/^[ \t]*/.exec(text.slice(colon + 1))?.[0].length ?? 0);
}

/** The dash of an item, which may have a tag. */
export function dashAt(text: string, item: unknown): number {
  const from = lineStart(text, rangeOf(item)[0]);
  const match = /^(\s*)-\s/.exec(text.slice(from));
  if (match === null) throw new CannotEdit('a list entry does not begin on the line of its dash');
  return from + (match[1]?.length ?? 0);
}

export function spaced({ text, entries }: Section): boolean {
  const [, ...others] = entries;
  return others.length === 0 || others.some((entry) => blankAbove(text, startOf(text, entry)));
}

/** An entry taken out, with its comments and the blank line that set it apart. */
export function entryRemoval(text: string, entry: SectionEntry): Splice {
  const start = startOf(text, entry);
  const above = blankAbove(text, start) ? lineStart(text, start - 1) : start;
  return linesRemoval(text, above, ownEnd(text, entry.node));
}

export function linesRemoval(text: string, start: number, end: number): Splice {
  const from = lineStart(text, start);
  if (from === 0) throw new CannotEdit('the first line of the section would go');
  return { offset: from - 1, remove: text.slice(from - 1, end), insert: '' };
}

/** Splices in order; an insertion at the end of a removal would overlap it, and becomes part of it. */
export function joined(splices: readonly Splice[]): readonly Splice[] {
  const order = splices.toSorted((a, b) => a.offset - b.offset || a.remove.length - b.remove.length);
  const result: Splice[] = [];
  for (const splice of order) {
    const last = result.at(-1);
    const end = last === undefined ? -1 : last.offset + last.remove.length;
    if (last === undefined || splice.offset > end) result.push(splice);
    else if (splice.offset === end)
      result[result.length - 1] = {
        offset: last.offset,
        remove: last.remove + splice.remove,
        insert: last.insert + splice.insert,
      };
    else throw new CannotEdit('two changes of the section would overlap');
  }
  return result;
}
