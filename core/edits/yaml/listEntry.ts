import { isMap, type Document, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import type { EditOutcome } from './edit.ts';
import { insertBelow, removeKey, withKey, withoutKey } from './newKey.ts';
import { assertClosed, dashOf, itemEnd, ownEnd } from './positions.ts';
import { CannotEdit, dataWith, pairOf, type Parsed, type Path } from './yamlDocument.ts';
import { insertAfter, proven, removeLines } from './yamlSplice.ts';

/** Where a list stands in a file, or is to stand. */
export interface ListAt {
  readonly text: string;
  readonly documents: Parsed;
  readonly document: Document.Parsed;
  /** Path of the list in the document's data. */
  readonly path: Path;
}

/** Adds lines after the last entry and proves that the list holds one entry more. */
export function appendEntry(at: ListAt, list: YAMLSeq, lines: readonly string[], entry: unknown): EditOutcome {
  const last = list.items.at(-1) as Node;
  const result = listWith(at, (entries) => [...entries, entry]);
  assertClosed(at.text, last);
  return proven(at.text, [insertAfter(at.text, itemEnd(at.text, last), lines)], result);
}

/** Removes one entry of several and proves that the others stayed. */
export function removeEntry(at: ListAt, list: YAMLSeq, index: number): EditOutcome {
  if (list.items.length < 2) throw new CannotEdit('the entry is the only one of its list');
  const item = list.items[index] as Node;
  const result = listWith(at, (entries) => entries.toSpliced(index, 1));
  return proven(at.text, [removeLines(at.text, dashOf(at.text, item), ownEnd(at.text, item), false)], result);
}

/** Adds a list that is not there yet, with its entries: `key:` below a pair of the mapping that is to hold it. */
export function addList(
  { text, documents, document, path }: ListAt,
  below: Pair,
  lines: readonly string[],
  entries: unknown,
  spaced = false,
): EditOutcome {
  const result = dataWith(documents, document, path.slice(0, -1), (map) =>
    withKey(map, String(path.at(-1)), entries, { below }),
  );
  return proven(text, [insertBelow(text, below, lines, spaced)], result);
}

/** Removes a list whose entries are all ours, with its key. */
export function removeList({ text, documents, document, path }: ListAt, spaced = false): EditOutcome {
  const key = String(path.at(-1));
  const result = dataWith(documents, document, path.slice(0, -1), (map) => withoutKey(map, key));
  const map = mapAt(document, path.slice(0, -1));
  const pair = map === undefined ? undefined : pairOf(map, key);
  if (map === undefined || pair === undefined || map.items.length < 2)
    throw new CannotEdit('the entry is the only one of its list');
  return proven(text, [removeKey(text, map, pair, spaced)], result);
}

/** The mapping at a path; undefined where something else stands there. */
export function mapAt(document: Document.Parsed, path: Path): YAMLMap | undefined {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  return isMap(node) ? node : undefined;
}

/** The data of all documents with another list at that place. */
export function listWith(
  { documents, document, path }: Omit<ListAt, 'text'>,
  make: (entries: readonly unknown[]) => readonly unknown[],
): readonly unknown[] {
  return dataWith(documents, document, path, (entries) => make(entries as readonly unknown[]));
}

export function listIn(data: unknown, path: Path): unknown[] {
  return path.reduce((at, key) => (at as Record<string | number, unknown>)[key], data) as unknown[];
}
