import { isMap, isScalar, isSeq, stringify, type Document, type Node, type Pair, type YAMLMap } from 'yaml';
import { isMapping, own } from '../../base/own.ts';
import type { EditOutcome, Splice } from './edit.ts';
import {
  assertClosed,
  column,
  isBlockScalar,
  keyStart,
  lineStart,
  newlineOf,
  ownEnd,
  pairEnd,
  rangeOf,
} from './positions.ts';
import { quotedLike } from './scalars.ts';
import { CannotEdit, dataWith, unshared, type Parsed, type Path } from './yamlDocument.ts';
import { insertAfter, proven, removeLines } from './yamlSplice.ts';

type Data = Readonly<Record<string, unknown>>;

/** How a mapping is to become what is asked for. */
export interface MapUpdate {
  /** What the mapping is to say. */
  readonly asked: Data;
  /** Whether a value that is there says what is asked for already; of a key that is not there, undefined is given. */
  readonly same: (found: unknown, asked: unknown, key: string) => boolean;
  /** Whether a value that nobody asks for may stay. */
  readonly mayStay: (found: unknown, key: string) => boolean;
}

interface Changed {
  readonly splices: readonly Splice[];
  readonly data: Data;
}

/**
 * Makes a block mapping say what is asked for, by splices: keys that say it already keep their bytes, comments stay, and a scalar keeps
 * its quotes. A list of one mapping is changed within; any other one is written anew. Throws {@link CannotEdit}.
 */
export function updateMap(
  { text, documents, document, path }: { text: string; documents: Parsed; document: Document.Parsed; path: Path },
  update: MapUpdate,
): EditOutcome {
  const { splices, data } = changesOf(text, mapOf(unshared(document, path), path.join('.')), update);
  return proven(
    text,
    splices,
    dataWith(documents, document, path, () => data),
  );
}

function changesOf(text: string, map: YAMLMap, update: MapUpdate): Changed {
  const { asked, same, mayStay } = update;
  const found = map.toJSON() as Data;
  const pairs = map.items.filter(({ key }) => isScalar(key));
  if (pairs.length < map.items.length) throw new CannotEdit('one of its keys is no text');
  const stays = ({ key }: Pair): boolean => nameOf(key) in asked || mayStay(found[nameOf(key)], nameOf(key));
  const last = pairs.findLast(stays);
  if (last === undefined) throw new CannotEdit('nothing of a mapping would stay');
  const gone = pairs.filter((pair) => !stays(pair));
  const added = Object.entries(asked).filter(([key, value]) => !(key in found) && !same(undefined, value, key));
  const parts = pairs.filter(stays).map((pair): readonly [string, unknown, readonly Splice[]] => {
    const key = nameOf(pair.key);
    const value = own(asked, key);
    if (value === undefined || same(found[key], value, key)) return [key, found[key], []];
    const { data, splices } = valueChange(text, pair, value, update);
    return [key, data, splices];
  });
  const indent = column(text, keyStart(pairs[0] as Pair));
  const lines = added.flatMap((entry) => linesOf(entry, indent));
  const at = parts.findIndex(([key]) => key === nameOf(last.key));
  const entries = parts.map(([key, value]): [string, unknown] => [key, value]);
  if (lines.length > 0) assertClosed(text, (last.value ?? last.key) as Node);
  return {
    data: Object.fromEntries(entries.toSpliced(at + 1, 0, ...added)),
    splices: [
      // Of two at one place the removal comes first: it reaches down from there.
      ...gone.map((pair) => removeLines(text, keyStart(pair), ownEnd(text, (pair.value ?? pair.key) as Node), false)),
      ...parts.flatMap(([, , splices]) => splices),
      ...(lines.length === 0 ? [] : [insertAfter(text, pairEnd(text, last), lines)]),
    ],
  };
}

function valueChange(
  text: string,
  pair: Pair,
  asked: unknown,
  update: MapUpdate,
): { data: unknown; splices: readonly Splice[] } {
  const { value } = pair;
  if (isMap(value) && value.flow !== true && isMapping(asked)) return changesOf(text, value, { ...update, asked });
  const only = isSeq(value) && value.items.length === 1 ? value.items[0] : undefined;
  if (isMap(only) && only.flow !== true && Array.isArray(asked) && asked.length === 1 && isMapping(asked[0])) {
    const { data, splices } = changesOf(text, only, { ...update, asked: asked[0] });
    return { data: [data], splices };
  }
  if (
    isScalar(value) &&
    value.source !== '' &&
    !isBlockScalar(value) &&
    typeof asked === 'string' &&
    !asked.includes('\n')
  ) {
    const [from, to] = rangeOf(value);
    const insert = quotedLike(value, asked);
    return { data: asked, splices: [{ offset: from, remove: text.slice(from, to), insert }] };
  }
  const start = lineStart(text, keyStart(pair));
  if (text.slice(start, keyStart(pair)).trim() !== '')
    throw new CannotEdit(`${nameOf(pair.key)} is not on a line of its own`);
  const lines = linesOf([nameOf(pair.key), asked], column(text, keyStart(pair)));
  const remove = text.slice(start, ownEnd(text, (value ?? pair.key) as Node));
  return { data: asked, splices: [{ offset: start, remove, insert: lines.join(newlineOf(text)) }] };
}

function linesOf([key, value]: readonly [string, unknown], indent: number): readonly string[] {
  const text = stringify({ [key]: value }, { lineWidth: 0, indent: 2 }).trimEnd();
  return text.split('\n').map((line) => (line === '' ? '' : `${' '.repeat(indent)}${line}`));
}

function mapOf(node: unknown, where: string): YAMLMap {
  if (isMap(node) && node.flow !== true && node.items.length > 0) return node;
  throw new CannotEdit(`${where} is not a block mapping with entries`);
}

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}
