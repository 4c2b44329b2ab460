import { isMap, isScalar, visit, type YAMLMap } from 'yaml';
import { own } from '../../base/own.ts';
import type { Splice } from './edit.ts';
import { column, dashOf, isBlockScalar, newlineOf, ownEnd, rangeOf } from './positions.ts';
import { quotedLike, scalar } from './scalars.ts';
import { apply } from './yamlSplice.ts';

/** An entry of ours as data: nothing but texts, to any depth. */
export interface Fields {
  readonly [field: string]: string | Fields;
}

/** The lines of a new entry where no neighbour can be followed. The values of fields named in `quoted` always stand in quotes. */
export function standardLines(
  entry: string | Fields,
  indent: number,
  quoted: readonly string[] = [],
): readonly string[] {
  const lines = typeof entry === 'string' ? [scalar(entry)] : fieldLines(entry, quoted);
  return lines.map((line, i) => `${' '.repeat(indent)}${i === 0 ? '- ' : '  '}${line}`);
}

function fieldLines(fields: Fields, quoted: readonly string[]): readonly string[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'string'
      ? [`${name}: ${quoted.includes(name) ? JSON.stringify(value) : scalar(value)}`]
      : [`${name}:`, ...fieldLines(value, quoted).map((line) => `  ${line}`)],
  );
}

/**
 * The lines of a new entry made after a neighbour: its own text with other values, so that order of keys, quoting and
 * further keys come out as people write them here. Undefined where the neighbour cannot serve.
 */
export function linesLike(text: string, neighbour: YAMLMap, entry: Fields): readonly string[] | undefined {
  const start = dashOf(text, neighbour);
  const slice = text.slice(start, ownEnd(text, neighbour));
  const splices = hasMarks(text, neighbour, start, slice) ? undefined : valueSplices(text, neighbour, entry);
  const made = splices?.map((splice) => ({ ...splice, offset: splice.offset - start }));
  return made && `${' '.repeat(column(text, start))}${apply(slice, made)}`.split(newlineOf(text));
}

/** A comment, anchor, alias or tag is about that one entry: it must not be copied. */
function hasMarks(text: string, neighbour: YAMLMap, start: number, slice: string): boolean {
  let bare = slice;
  visit(neighbour, {
    Scalar(_, node) {
      const [from, to] = rangeOf(node);
      // Same length, so that the positions of the others stay.
      bare = bare.slice(0, from - start) + text.slice(from, to).replaceAll(/[^\n]/g, '.') + bare.slice(to - start);
    },
  });
  return /[#&*!]/.test(bare);
}

/**
 * Gives values of an entry other texts, each quoted as it is; undefined where one of them is not there as a text in one piece.
 */
export function valueSplices(text: string, map: YAMLMap, values: Fields): readonly Splice[] | undefined {
  const splices = Object.entries(values).map(([name, value]): readonly Splice[] | undefined => {
    const node = map.get(name, true) as unknown;
    if (typeof value !== 'string') return isMap(node) ? valueSplices(text, node, value) : undefined;
    if (!isScalar(node) || isBlockScalar(node)) return undefined;
    const [from, to] = rangeOf(node);
    return [{ offset: from, remove: text.slice(from, to), insert: quotedLike(node, value, map.flow === true) }];
  });
  return splices.every((each) => each !== undefined) ? splices.flat() : undefined;
}

/** The data of an entry with other values, its keys in their order and what else it says. */
export function withValues(data: unknown, values: Fields): unknown {
  return Object.fromEntries(
    Object.entries(data as Readonly<Record<string, unknown>>).map(([name, old]) => {
      const value = own(values, name) ?? old;
      return [name, typeof value === 'string' || value === old ? value : withValues(old, value as Fields)];
    }),
  );
}

/** Which fields an entry has, and of what types, whatever their values. */
export function shapeOf(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return typeof data;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, shapeOf(value)]));
}
