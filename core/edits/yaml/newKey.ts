import { isSeq, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { Splice } from './edit.ts';
import {
  assertClosed,
  beginsLine,
  blankAbove,
  column,
  dashOf,
  keepsBreaks,
  keyStart,
  newlineOf,
  ownEnd,
  pairEnd,
  rangeOf,
  startWithComments,
} from './positions.ts';
import { CannotEdit } from './yamlDocument.ts';
import { insertAfter, removeLines } from './yamlSplice.ts';

/**
 * A key of its own in a block mapping of others: where it goes, and how exactly its lines go out again. `spaced` sets it apart by
 * a blank line; it is left out where it would become part of a value above.
 */

/** Inserts the lines of a key below that pair. */
export function insertBelow(text: string, pair: Pair, lines: readonly string[], spaced: boolean): Splice {
  const value = (pair.value ?? pair.key) as Node;
  assertClosed(text, value);
  const gap = spaced && !keepsBreaks(text, value) ? [''] : [];
  return insertAfter(text, pairEnd(text, pair), [...gap, ...lines]);
}

/** Inserts the lines of a key above that pair and the comments that head it; `previous` is the pair before, if there is one. */
export function insertAbove(
  text: string,
  pair: Pair,
  previous: Pair | undefined,
  lines: readonly string[],
  spaced: boolean,
): Splice {
  const start = keyStart(pair);
  if (!beginsLine(text, start)) throw new CannotEdit('its first key stands on the line of a dash');
  const gap = spaced && (previous === undefined || !keepsBreaks(text, valueOrKey(previous))) ? [''] : [];
  const newline = newlineOf(text);
  return {
    offset: startWithComments(text, start),
    remove: '',
    insert: [...lines, ...gap].map((line) => `${line}${newline}`).join(''),
  };
}

/** Takes a key of ours out, with the blank line that set it apart. */
export function removeKey(text: string, map: YAMLMap, pair: Pair, spaced: boolean): Splice {
  const start = keyStart(pair);
  if (!beginsLine(text, start)) throw new CannotEdit('the key stands on the line of a dash');
  const index = map.items.indexOf(pair);
  const previous = map.items[index - 1];
  const end = ownEnd(text, valueOrKey(pair));
  const above = spaced && (previous === undefined || !keepsBreaks(text, valueOrKey(previous)));
  const next = map.items[index + 1];
  // A first key has its blank line below.
  if (above && previous === undefined && next !== undefined && !blankAbove(text, start)) {
    const blank = /^\r?\n[ \t]*(?=\r?\n)/.exec(text.slice(end));
    return removeLines(text, start, end + (blank?.[0].length ?? 0), false);
  }
  return removeLines(text, start, end, above);
}

/** How a child of the mapping is indented below its key, told by a neighbour; two where none tells. */
export function stepOf(text: string, map: YAMLMap): number {
  for (const { key, value } of map.items) {
    const child = (value as { items?: { key?: unknown }[]; flow?: boolean } | null) ?? {};
    const first = child.flow === true ? undefined : child.items?.[0]?.key;
    if (first === undefined) continue;
    const step =
      column(text, (first as { range: [number] }).range[0]) - column(text, (key as { range: [number] }).range[0]);
    if (step > 0) return step;
  }
  return 2;
}

/** How far the entries of a block list are indented below its key; undefined of a value that is no such list. */
export function listStep(text: string, { key, value }: Pair): number | undefined {
  if (!isSeq(value) || value.flow === true || value.items.length === 0) return undefined;
  return Math.max(0, column(text, dashOf(text, value.items[0])) - column(text, rangeOf(key)[0]));
}

/** The data with one key more, for the proof compares the order of keys too. */
export function withKey(
  data: unknown,
  key: string,
  value: unknown,
  place: { readonly below: Pair } | { readonly above: Pair },
): Record<string, unknown> {
  const pairs = Object.entries(data as Record<string, unknown>);
  const neighbour = 'below' in place ? place.below : place.above;
  const index = pairs.findIndex(([name]) => name === String((neighbour.key as Scalar).value));
  return Object.fromEntries(pairs.toSpliced('below' in place ? index + 1 : index, 0, [key, value]));
}

/** The data with a key less. */
export function withoutKey(data: unknown, key: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data as Record<string, unknown>).filter(([name]) => name !== key));
}

function valueOrKey(pair: Pair): Node {
  return (pair.value ?? pair.key) as Node;
}
