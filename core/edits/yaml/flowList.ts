import { isMap, isScalar, type Node, type YAMLSeq } from 'yaml';
import type { EditOutcome } from './edit.ts';
import { valueSplices, withValues, type Fields } from './entryLines.ts';
import { listWith, type ListAt } from './listEntry.ts';
import { beginsLine, column, newlineOf, rangeOf } from './positions.ts';
import { quotedLike, scalar } from './scalars.ts';
import { CannotEdit } from './yamlDocument.ts';
import { apply, proven } from './yamlSplice.ts';

/** A list in brackets, `[{ name: A }, { name: B }]`: an entry of ours goes in behind the last one, and out again with its comma. */

/** Adds an entry after the last one: made after the last of its shape (`like`, with its data), where there is one. */
export function appendToFlow(
  at: ListAt,
  list: YAMLSeq,
  entry: string | Fields,
  like: { readonly node: unknown; readonly data: unknown } | undefined,
): EditOutcome {
  const { text } = at;
  const last = list.items.at(-1) as Node;
  const [start, end] = rangeOf(last);
  const copied = like === undefined ? undefined : copyOf(text, like.node, entry);
  const gap = beginsLine(text, start) ? `,${newlineOf(text)}${' '.repeat(column(text, start))}` : ', ';
  const insert = `${gap}${copied ?? inFlow(entry, text[start + 1] === ' ' || !isMap(last), isMap(last) ? last.items[0]?.key : last)}`;
  const made = copied === undefined || typeof entry === 'string' ? entry : withValues(like?.data, entry);
  const result = listWith(at, (entries) => [...entries, made]);
  return proven(text, [{ offset: end, remove: '', insert }], result);
}

/** Takes an entry out, with the comma before it, or behind it where it is the first. */
export function removeFromFlow(at: ListAt, list: YAMLSeq, index: number): EditOutcome {
  const { text } = at;
  const [before, item, after] = [list.items[index - 1], list.items[index], list.items[index + 1]];
  const [start, end] = rangeOf(item);
  const from = before === undefined ? start : rangeOf(before)[1];
  const to = before === undefined && after !== undefined ? rangeOf(after)[0] : end;
  const remove = text.slice(from, to);
  if (`${text.slice(from, start)}${text.slice(end, to)}`.includes('#'))
    throw new CannotEdit('a comment stands beside the entry in its list: take both out by hand');
  const result = listWith(at, (entries) => entries.toSpliced(index, 1));
  return proven(text, [{ offset: from, remove, insert: '' }], result);
}

/** A neighbour's own text with other values; undefined where it cannot serve. */
function copyOf(text: string, neighbour: unknown, entry: string | Fields): string | undefined {
  if (typeof entry === 'string' || !isMap(neighbour)) return undefined;
  const [start, end] = rangeOf(neighbour);
  const slice = text.slice(start, end);
  const splices = /[#&*!]/.test(slice) ? undefined : valueSplices(text, neighbour, entry);
  return (
    splices &&
    apply(
      slice,
      splices.map((splice) => ({ ...splice, offset: splice.offset - start })),
    )
  );
}

/** `like` is a neighbour, or the first key of one: in a file that is JSON every text is in double quotes. */
function inFlow(entry: string | Fields, spaced: boolean, like?: unknown): string {
  if (typeof entry === 'string') return quotedLike(like, entry, true);
  const isJson = isScalar(like) && like.type === 'QUOTE_DOUBLE';
  const fields = Object.entries(entry).map(([name, value]) => {
    const said =
      typeof value !== 'string' ? inFlow(value, spaced, like) : isJson ? JSON.stringify(value) : scalar(value, true);
    return `${isJson ? JSON.stringify(name) : name}: ${said}`;
  });
  return spaced ? `{ ${fields.join(', ')} }` : `{${fields.join(', ')}}`;
}
