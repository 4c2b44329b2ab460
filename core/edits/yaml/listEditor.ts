import { isMap, type Document, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import type { EditOutcome } from './edit.ts';
import { emptied, emptyAgain, fillEmpty, isAnnotated } from './emptyValue.ts';
import { linesLike, shapeOf, standardLines, withValues, type Fields } from './entryLines.ts';
import { addList, appendEntry, listIn, mapAt, removeEntry, removeList, type ListAt } from './listEntry.ts';
import type { EntryList, ListPlace } from './listPlace.ts';
import { listStep, stepOf } from './newKey.ts';
import { column, dashOf, keyStart } from './positions.ts';
import { appendToFlow, removeFromFlow } from './flowList.ts';
import { sameData } from './sameData.ts';
import { quotedLike, scalar } from './scalars.ts';
import {
  CannotEdit,
  dataWith,
  entrySeq,
  nodeOrAbsent,
  pairOf,
  parse,
  plainData,
  unshared,
  type Path,
  isEmptyPair,
} from './yamlDocument.ts';
import { guarded, proven } from './yamlSplice.ts';

export interface ListEditor<Wanted> {
  /** Adds our entry as the last one and in the style of its neighbours, with the list where there is none. */
  readonly add: (text: string, wanted: Wanted) => EditOutcome;
  /** Takes our entry out again, if it is unchanged. */
  readonly remove: (text: string, wanted: Wanted) => EditOutcome;
}

/** The editor of a kind of list. */
export function listEditor<Wanted, Entry>(place: ListPlace<Wanted, Entry>): ListEditor<Wanted> {
  const { indent, above } = place.byHand;
  const byHand = (wanted: Wanted): string =>
    [above ?? [], standardLines(place.entry(wanted), indent, place.quoted)].flat().join('\n');
  return {
    add: (text, wanted) =>
      guarded(
        () => byHand(wanted),
        () => new EntryEdit(place, wanted, text).add(),
      ),
    remove: (text, wanted) => guarded('', () => new EntryEdit(place, wanted, text).remove()),
  };
}

class EntryEdit<Wanted, Entry> {
  readonly #place: ListPlace<Wanted, Entry>;
  readonly #wanted: Wanted;
  readonly #ours: string | Fields;
  readonly #at: EntryList;
  readonly #asItIs: EditOutcome;

  constructor(place: ListPlace<Wanted, Entry>, wanted: Wanted, text: string) {
    this.#place = place;
    this.#wanted = wanted;
    this.#ours = place.entry(wanted);
    this.#at = place.at(text, wanted);
    this.#asItIs = { kind: 'alreadyThere', text };
  }

  add(): EditOutcome {
    const { document, path, notMade } = this.#at;
    if (notMade !== undefined && !document.hasIn(path)) throw new CannotEdit(notMade.why, undefined, notMade.remedy);
    const empty = firstEmpty(this.#at);
    if (empty !== undefined) return this.#fill(empty);
    const absent = firstAbsent(this.#at);
    if (absent !== undefined) return this.#begin(absent);
    const { list, entries, found } = this.#open();
    this.#check(found);
    return found === undefined ? this.#append(list, entries) : this.#compared(found);
  }

  remove(): EditOutcome {
    if (this.#at.document.getIn(this.#at.path) === undefined || firstEmpty(this.#at) !== undefined) return this.#asItIs;
    const { list, index, found } = this.#open();
    const same = found === undefined ? this.#asItIs : this.#compared(found);
    if (found === undefined || same.kind !== 'alreadyThere') return same;
    if (list.flow === true) return removeFromFlow(this.#at, list, index);
    const isMade = list.items.length === 1 && keyAbove(this.#at, this.#at.path.slice(0, -1)) !== undefined;
    return isMade ? this.#end(list) : removeEntry(this.#at, list, index);
  }

  /** Takes the last entry out: with it go the list and the mappings that were made for it, or an empty value comes back. */
  #end(list: YAMLSeq): EditOutcome {
    const { text, document } = this.#at;
    const path = outermost(this.#at);
    const pair = pairAt(document, path);
    const isList = path.length === this.#at.path.length;
    const splice = pair && emptyAgain(text, pair, (_, found) => isList && this.#isTheirs(text, document, found));
    if (pair === undefined || splice === undefined) return removeList({ ...this.#at, path });
    const last = list.items.at(-1) as Node;
    const inner = isMap(pair.value) ? keyStart(pair.value.items[0] as Pair) : dashOf(text, last);
    return emptied({ ...this.#at, path }, splice, inner, last);
  }

  /** Whether the list's key stands where the job would not have made it. */
  #isTheirs(text: string, document: Document.Parsed, pair: Pair): boolean {
    const { path, below } = this.#at;
    const map = mapAt(document, path.slice(0, -1));
    if (map === undefined || isAnnotated(text, pair)) return true;
    if (below === undefined) return map.items.at(-1) !== pair;
    const above = below(map);
    return above !== pair && above !== map.items[map.items.indexOf(pair) - 1];
  }

  #check(found: Entry | undefined): void {
    this.#place.check?.(this.#at, this.#wanted, found);
  }

  /** The list, its entries as data, and ours among them. Of two of one key nobody can say which counts. */
  #open() {
    const { document, path } = this.#at;
    const list = entrySeq(document, path, typeof this.#ours === 'string' ? 'values' : 'mappings');
    const entries = listIn(plainData(document), path) as readonly Entry[];
    const { key } = this.#place;
    const keyOf = (entry: Entry): unknown => (this.#says(entry) as Readonly<Record<string, unknown>>)[key];
    const ours = keyOf(this.#ours as Entry);
    const count = entries.filter((entry) => keyOf(entry) === ours).length;
    if (count > 1) throw new CannotEdit(`${path.join('.')} holds ${count} entries with ${key} ${String(ours)}`);
    const index = entries.findIndex((entry) => keyOf(entry) === ours);
    return { list, entries, index, found: entries[index] };
  }

  /** What is to be said of an entry that bears our key: already there, or different from ours. */
  #compared(found: Entry): EditOutcome {
    if (sameData(this.#says(found), this.#says(this.#ours as Entry))) return this.#asItIs;
    return { kind: 'different', found: this.#shown(found), wanted: this.#shown(this.#ours as Entry) };
  }

  #says(entry: Entry): unknown {
    return (this.#place.says ?? this.#place.bare ?? itself)(entry);
  }

  #shown(entry: Entry): string {
    const shown = (this.#place.shown ?? itself)(entry);
    return typeof shown === 'string' ? shown : JSON.stringify(shown);
  }

  /** Writes our entry after the style of its neighbours. */
  #append(list: YAMLSeq, entries: readonly Entry[]): EditOutcome {
    const { text } = this.#at;
    const last = list.items.at(-1);
    const entry = this.#place.entry(this.#wanted, entries.at(-1));
    const bare = this.#place.bare ?? itself;
    const index = entries.findLastIndex((each) => sameData(shapeOf(bare(each)), shapeOf(entry)));
    if (list.flow === true) {
      const like = index < 0 ? undefined : { node: list.items[index], data: entries[index] };
      return appendToFlow(this.#at, list, entry, like);
    }
    const indent = column(text, dashOf(text, last));
    const append = (lines: readonly string[], made: unknown) => appendEntry(this.#at, list, lines, made);
    if (typeof entry === 'string') return append([`${' '.repeat(indent)}- ${quotedLike(last, entry)}`], entry);
    const copied = index < 0 ? undefined : linesLike(text, list.items[index] as YAMLMap, entry);
    return copied === undefined
      ? append(standardLines(entry, indent, this.#place.quoted), entry)
      : append(copied, withValues(entries[index], entry));
  }

  /** Writes our entry in place of the empty value of a key of the path, with the keys below it. */
  #fill(length: number): EditOutcome {
    this.#check(undefined);
    const { text, documents, document, path } = this.#at;
    const at = path.slice(0, length);
    const pair = pairAt(document, at) as Pair;
    if (this.#at.below !== undefined && keyAbove(this.#at, path.slice(0, -1)) === undefined)
      throw new CannotEdit(`${at.join('.')} is there but empty: write its first entry by hand`);
    const { lines, value } = this.#made(path.slice(length).map(String), column(text, keyStart(pair)), length);
    const index = documents.indexOf(document);
    const splices = fillEmpty(text, pair, lines, (after) => {
      const changed = parse(after)[index] as Document.Parsed;
      return length === path.length && this.#isTheirs(after, changed, pairAt(changed, at) as Pair);
    });
    return proven(
      text,
      splices,
      dataWith(documents, document, at, () => value),
    );
  }

  /** Makes the list, and the mappings that are to hold it, from the first key of the path that is not there. */
  #begin(absent: number): EditOutcome {
    this.#check(undefined);
    const { text, path } = this.#at;
    const below = keyAbove(this.#at, path.slice(0, absent - 1));
    if (below === undefined)
      throw new CannotEdit(`${path.join('.')} is not there: write it with its first entry by hand`);
    const [key = '', ...keys] = path.slice(absent - 1).map(String);
    const indent = column(text, keyStart(below));
    const { lines, value } = this.#made(keys, indent, absent);
    const all = [`${' '.repeat(indent)}${scalar(key)}:`, ...lines];
    return addList({ ...this.#at, path: path.slice(0, absent) }, below, all, value);
  }

  /** The lines of our entry in a list below keys that are to be made, below a key of that indentation; and what they say. */
  #made(keys: readonly string[], indent: number, length: number) {
    const { text, document } = this.#at;
    const step = stepOf(text, document.contents as YAMLMap);
    const inner = indent + keys.length * step + (stepOfLists(this.#at, length) ?? step);
    const lines = keys.map((key, i) => `${' '.repeat(indent + (i + 1) * step)}${scalar(key)}:`);
    return {
      lines: [...lines, ...standardLines(this.#ours, inner, this.#place.quoted)],
      value: keys.reduceRight<unknown>((held, key) => ({ [key]: held }), [this.#ours]),
    };
  }
}

function itself(entry: unknown): unknown {
  return entry;
}

/** How many keys of the path lead to the first that is not there; undefined where all are. */
function firstAbsent({ document, path, makes = 1 }: EntryList): number | undefined {
  for (let length = path.length - makes + 1; length <= path.length; length += 1)
    if (nodeOrAbsent(document, path.slice(0, length)).absent) return length;
  return undefined;
}

/** How many keys of the path lead to the first that has an empty value; undefined where none has, or it is not made. */
function firstEmpty({ document, path, makes = 1 }: EntryList): number | undefined {
  for (let length = path.length - makes + 1; length <= path.length; length += 1) {
    const pair = pairAt(document, path.slice(0, length));
    if (pair === undefined) return undefined;
    if (isEmptyPair(pair)) {
      const holder = unshared(document, path.slice(0, length - 1));
      if (!isMap(holder) || holder.flow === true)
        throw new CannotEdit(`what holds ${path.slice(0, length).join('.')} is not a block mapping`);
      return length;
    }
  }
  return undefined;
}

/** The key at the end of a path, and its value. */
function pairAt(document: Document.Parsed, path: Path): Pair | undefined {
  const map = mapAt(document, path.slice(0, -1));
  return map === undefined ? undefined : pairOf(map, String(path.at(-1)));
}

/** Below which key of the mapping at a path the list, or what is to hold it, is made. */
function keyAbove({ document, below, makes }: EntryList, holder: Path): Pair | undefined {
  const map = makes === 0 ? undefined : mapAt(document, holder);
  return map === undefined || below === undefined ? map?.items.at(-1) : below(map);
}

/**
 * How far entries are indented below their list's key: as in the list around, or in one beside it; undefined where neither is.
 */
function stepOfLists({ text, document, path }: ListAt, absent: number): number | undefined {
  const around = typeof path[absent - 2] === 'number' ? mapAt(document, path.slice(0, absent - 3)) : undefined;
  const list = around === undefined ? undefined : pairOf(around, String(path[absent - 3]));
  const beside = mapAt(document, path.slice(0, absent - 1))?.items ?? [];
  return (list === undefined ? beside : [list])
    .map((pair) => listStep(text, pair))
    .findLast((step) => step !== undefined);
}

/** Path of the list, or of the outermost mapping that we may make and that holds nothing but it. */
function outermost({ text, document, path, makes = 1 }: EntryList): Path {
  let made = path;
  while (path.length - made.length < makes - 1 && mapAt(document, made.slice(0, -1))?.items.length === 1) {
    const pair = pairAt(document, made);
    // What stood there before us goes no further.
    if (pair !== undefined && (isAnnotated(text, pair) || emptyAgain(text, pair, () => false) !== undefined)) break;
    made = made.slice(0, -1);
  }
  return made;
}
