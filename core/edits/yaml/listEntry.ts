import { isMap, isScalar, visit, type Document, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import type { EditOutcome, Splice } from './edit.ts';
import { insertBelow, removeKey, withKey, withoutKey } from './newKey.ts';
import { quotedLike } from './scalars.ts';
import { assertClosed, column, dashOf, isBlockScalar, itemEnd, newlineOf, ownEnd, rangeOf } from './positions.ts';
import { CannotEdit, dataWith, plainData, type Parsed } from './yamlDocument.ts';
import { insertAfter, proven, removeLines } from './yamlSplice.ts';

/** A value of a list entry, by its path inside the entry. */
export type EntryValues = ReadonlyMap<readonly string[], string>;

/**
 * The lines of a new entry made after a neighbour: its own text with other values, so that order of keys, quoting and
 * further keys come out as people write them here. Undefined where the neighbour cannot serve.
 */
export function linesLike(text: string, neighbour: YAMLMap, values: EntryValues): readonly string[] | undefined {
  const start = dashOf(text, neighbour);
  const slice = text.slice(start, ownEnd(text, neighbour));
  if (hasMarks(text, neighbour, start, slice)) return undefined;
  const splices: Splice[] = [];
  for (const [path, value] of values) {
    const node = neighbour.getIn([...path], true);
    if (!isScalar(node) || isBlockScalar(node)) return undefined;
    const [from, to] = rangeOf(node);
    splices.push({
      offset: from - start,
      remove: text.slice(from, to),
      insert: quotedLike(node, value, inFlow(neighbour, path)),
    });
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

function inFlow(neighbour: YAMLMap, path: readonly string[]): boolean {
  return path.some((_, i) => {
    const parent = i === 0 ? neighbour : neighbour.getIn(path.slice(0, i), true);
    return isMap(parent) && parent.flow === true;
  });
}

export interface ListEdit {
  readonly text: string;
  readonly documents: Parsed;
  readonly document: Document.Parsed;
  readonly list: YAMLSeq;
  /** Where the list stands in the document's data. */
  readonly path: readonly (string | number)[];
}

/** The entries as data. */
export function entriesOf(edit: ListEdit): readonly unknown[] {
  return listIn(plainData(edit.document), edit.path);
}

/** Position of the one entry that has this value under a key; -1 where there is none. Of two, nobody can say which counts. */
export function indexOfEntry(edit: ListEdit, key: string, value: string): number {
  const same = (entry: unknown): boolean => (entry as Record<string, unknown>)[key] === value;
  const all = entriesOf(edit);
  const count = all.filter((entry) => same(entry)).length;
  if (count > 1) throw new CannotEdit(`${edit.path.join('.')} holds ${count} entries with ${key} ${value}`);
  return all.findIndex((entry) => same(entry));
}

/** Adds lines after the last entry and proves that the list holds one entry more. */
export function appendEntry(edit: ListEdit, lines: readonly string[], entry: unknown): EditOutcome {
  const last = edit.list.items.at(-1);
  if (last === undefined) throw new CannotEdit(`${edit.path.join('.')} has no entries`);
  const result = listWith(edit, (entries) => [...entries, entry]);
  assertClosed(edit.text, last as Node);
  return proven(edit.text, [insertAfter(edit.text, itemEnd(edit.text, last as Node), lines)], result);
}

/** A list that is not there yet, with its first entry: `key:` below a pair of the mapping that is to hold it. */
export function addList(
  edit: Omit<ListEdit, 'list'>,
  below: Pair,
  lines: readonly string[],
  entries: unknown,
  spaced = false,
): EditOutcome {
  const key = String(edit.path.at(-1));
  const result = dataWith(edit.documents, edit.document, edit.path.slice(0, -1), (map) =>
    withKey(map, key, entries, { below }),
  );
  return proven(edit.text, [insertBelow(edit.text, below, lines, spaced)], result);
}

/** Removes a list whose entries are all ours, with its key. */
export function removeList({ text, documents, document, path }: Omit<ListEdit, 'list'>, spaced = false): EditOutcome {
  const holder = path.slice(0, -1);
  const key = String(path.at(-1));
  const result = dataWith(documents, document, holder, (map) => withoutKey(map, key));
  const map = (holder.length === 0 ? document.contents : document.getIn(holder, true)) as YAMLMap;
  const pair = map.items.find((item) => isScalar(item.key) && item.key.value === key);
  if (pair === undefined || map.items.length < 2) throw new CannotEdit('the entry is the only one of its list');
  return proven(text, [removeKey(text, map, pair, spaced)], result);
}

/** Removes one entry and proves that the others stayed. */
export function removeEntry(edit: ListEdit, index: number): EditOutcome {
  const item = edit.list.items[index];
  if (edit.list.items.length < 2) throw new CannotEdit('the entry is the only one of its list');
  const result = listWith(edit, (entries) => entries.toSpliced(index, 1));
  const start = dashOf(edit.text, item);
  return proven(edit.text, [removeLines(edit.text, start, ownEnd(edit.text, item as Node), false)], result);
}

/** The data of all documents with another list at that place. */
export function listWith(
  { documents, document, path }: Omit<ListEdit, 'list' | 'text'>,
  make: (entries: readonly unknown[]) => readonly unknown[],
): readonly unknown[] {
  return dataWith(documents, document, path, (entries) => make(entries as readonly unknown[]));
}

export function listIn(data: unknown, path: readonly (string | number)[]): unknown[] {
  return path.reduce((at, key) => (at as Record<string | number, unknown>)[key], data) as unknown[];
}
