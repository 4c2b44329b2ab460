import { isScalar, type Document, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import type { EditOutcome, Splice } from './edit.ts';
import { quotedLike } from './scalars.ts';
import {
  CannotEdit,
  column,
  dashOf,
  dataOf,
  insertAfter,
  newlineOf,
  ownEnd,
  proven,
  rangeOf,
  removeLines,
  type Parsed,
} from './yamlSplice.ts';

/** A value of a list entry, by its path inside the entry. */
export type EntryValues = ReadonlyMap<readonly string[], string>;

/**
 * The lines of a new entry made after a neighbour: its own text with other values, so that order of keys, quoting and
 * further keys come out as people write them here. Undefined where the neighbour cannot serve.
 */
export function linesLike(text: string, neighbour: YAMLMap, values: EntryValues): readonly string[] | undefined {
  const start = dashOf(text, neighbour);
  const end = ownEnd(text, neighbour);
  const slice = text.slice(start, end);
  if (slice.includes('#') || slice.includes('&') || slice.includes('*')) return undefined;
  const splices: Splice[] = [];
  for (const [path, value] of values) {
    const node = neighbour.getIn([...path], true);
    if (!isScalar(node)) return undefined;
    const [from, to] = rangeOf(node);
    splices.push({ offset: from - start, remove: text.slice(from, to), insert: quotedLike(node, value) });
  }
  const made = splices
    .toSorted((a, b) => b.offset - a.offset)
    .reduce(
      (result, splice) =>
        result.slice(0, splice.offset) + splice.insert + result.slice(splice.offset + splice.remove.length),
      slice,
    );
  return `${' '.repeat(column(text, start))}${made}`.split(newlineOf(text));
}

export interface ListEdit {
  readonly text: string;
  readonly documents: Parsed;
  readonly document: Document.Parsed;
  readonly list: YAMLSeq;
  /** Where the list stands in the document's data. */
  readonly path: readonly (string | number)[];
}

/** Adds lines after the last entry and proves that the list holds one entry more. */
export function appendEntry(edit: ListEdit, lines: readonly string[], entry: unknown): EditOutcome {
  const last = edit.list.items.at(-1);
  if (last === undefined) throw new CannotEdit(`${edit.path.join('.')} has no entries`);
  const result = dataOf(edit.documents);
  listIn(result[edit.documents.indexOf(edit.document)], edit.path).push(entry);
  return proven(edit.text, [insertAfter(edit.text, ownEnd(edit.text, last as Node), lines)], result);
}

/** Removes one entry and proves that the others stayed. */
export function removeEntry(edit: ListEdit, index: number): EditOutcome {
  const item = edit.list.items[index];
  if (edit.list.items.length < 2) throw new CannotEdit('the entry is the only one of its list');
  const result = dataOf(edit.documents);
  listIn(result[edit.documents.indexOf(edit.document)], edit.path).splice(index, 1);
  const start = dashOf(edit.text, item);
  return proven(edit.text, [removeLines(edit.text, start, ownEnd(edit.text, item as Node), false)], result);
}

export function listIn(data: unknown, path: readonly (string | number)[]): unknown[] {
  return path.reduce((at, key) => (at as Record<string | number, unknown>)[key], data) as unknown[];
}
