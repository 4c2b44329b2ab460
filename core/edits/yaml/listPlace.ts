import type { Pair, YAMLMap } from 'yaml';
import type { Fields } from './entryLines.ts';
import type { ListAt } from './listEntry.ts';
import { documentOf, parse, type Path } from './yamlDocument.ts';

/** A list in which this client has an entry, and what may be made where it is not there. */
export interface EntryList extends ListAt {
  /** How many of the last keys of the path are made where they are not there, and taken out with our entry; one, if not given. */
  readonly makes?: number;
  /** Below which key of a mapping the first of them goes, the last if not given; undefined: nothing is made in this one. */
  readonly below?: (holder: YAMLMap) => Pair | undefined;
  /** Why the list must not be made where it is not there, and what a person does about it. */
  readonly notMade?: { readonly why: string; readonly remedy: string };
}

/** All that the editor knows of a kind of list: where it is, by what an entry is known, and what it looks like. */
export interface ListPlace<Wanted, Entry> {
  /** Finds the list, or its place. Throws {@link CannotEdit} where the file has none. */
  readonly at: (text: string, wanted: Wanted) => EntryList;
  /** Our entry as data; `last` is the list's last one, where its form may be followed. */
  readonly entry: (wanted: Wanted, last?: Entry) => string | Fields;
  /** An entry without what may be written out and says nothing; itself, if not given. One of our fields serves as a pattern. */
  readonly bare?: (entry: Entry) => unknown;
  /** An entry's meaning, in comparable form; the bare entry, if not given. */
  readonly says?: (entry: Entry) => unknown;
  /** The field of {@link ListPlace.says} by which an entry is known among the others. */
  readonly key: string;
  /** An entry as a person may see it, for it may hold a secret in clear; itself, if not given. */
  readonly shown?: (entry: Entry) => unknown;
  /** Fields whose values stand in quotes where no neighbour tells otherwise. */
  readonly quoted?: readonly string[];
  /** Throws {@link CannotEdit} where our entry must not be added, or is of no use; `found` is the one that is there. */
  readonly check?: (at: EntryList, wanted: Wanted, found: Entry | undefined) => void;
  /** How the lines to add by hand are indented, and the line above them. */
  readonly byHand: { readonly indent: number; readonly above?: string };
}

/** A list of a Kubernetes object. Throws {@link CannotEdit} where the file does not hold exactly one such object. */
export function inObject(text: string, kind: string, name: string, path: Path): ListAt {
  const documents = parse(text);
  return { text, documents, document: documentOf(documents, kind, name), path };
}
