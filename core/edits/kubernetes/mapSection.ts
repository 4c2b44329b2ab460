import { diffArrays } from 'diff';
import { isScalar, type Node, type Pair } from 'yaml';
import type { EditOutcome } from '../yaml/edit.ts';
import { keyStart, lineEnd, lineStart, newlineOf, ownEnd, rangeOf } from '../yaml/positions.ts';
import {
  blockMap,
  CannotEdit,
  dataOf,
  documentOf,
  pairOf,
  parse,
  type Parsed,
  undefinedIfUneditable,
} from '../yaml/yamlDocument.ts';
import { guarded, proven } from '../yaml/yamlSplice.ts';

/** A key of a ConfigMap's `data`. */
export interface MapKey {
  readonly name: string;
  readonly key: string;
}

/** The value of a key as the cluster will read it; undefined where there is none, or where the file cannot be read. */
export function sectionIn(text: string, section: MapKey): string | undefined {
  const pair = undefinedIfUneditable(() => keyIn(parse(text), section));
  return pair && valueIn(text, pair);
}

/** As {@link sectionIn} of each key that the ConfigMap has there, by key: to look each up alone would be slow where they are many. */
export function sectionsIn(text: string, name: string): ReadonlyMap<string, string> {
  const pairs = undefinedIfUneditable(() => blockMap(documentOf(parse(text), 'ConfigMap', name), ['data']).items) ?? [];
  return new Map(
    pairs.flatMap((pair) => {
      const key = isScalar(pair.key) ? pair.key.value : undefined;
      const value = valueIn(text, pair);
      return typeof key === 'string' && value !== undefined ? [[key, value] as const] : [];
    }),
  );
}

function valueIn(text: string, pair: Pair): string | undefined {
  if (!isScalar(pair.value)) return undefined;
  const value = String(pair.value.value);
  // Go's parser gives no line break at the end of a file that has none.
  const unended = rangeOf(pair.value)[1] >= text.length && !text.endsWith('\n');
  return unended ? value.replace(/\n$/, '') : value;
}

/**
 * Gives a key that is there another value. Only the lines that differ change: every other one keeps its bytes. `origin` is a
 * text of the same file that had this value before: its very lines are taken, where they fit.
 */
export function replaceSection(text: string, { name, key }: MapKey, value: string, origin?: string): EditOutcome {
  return guarded(value, () => {
    const documents = parse(text);
    const document = documentOf(documents, 'ConfigMap', name);
    const pair = keyIn(documents, { name, key });
    if (pair === undefined) throw new CannotEdit(`data has no ${key}`);
    const there = linesOf(text, pair);
    const before = origin === undefined ? undefined : linesIn(origin, { name, key });
    const lines =
      before !== undefined && sameContent(before.value, value) && before.pad === there.pad
        ? before.raw
        : changed(there, value);
    const wanted = dataOf(documents);
    const data = (wanted[documents.indexOf(document)] as { data: Record<string, string> }).data;
    data[key] = `${contentOf(value).join('\n')}${/\n*$/.exec(there.value)?.[0] ?? ''}`;
    const newline = newlineOf(text);
    const splice = {
      offset: there.start,
      remove: text.slice(there.start, there.end),
      insert: lines.join(newline),
    };
    return splice.remove === splice.insert ? { kind: 'alreadyThere', text } : proven(text, [splice], wanted);
  });
}

interface Lines {
  readonly value: string;
  /** The value's lines as they stand in the file, with their indentation. */
  readonly raw: readonly string[];
  readonly pad: string;
  readonly start: number;
  readonly end: number;
}

function linesIn(text: string, section: MapKey): Lines | undefined {
  return undefinedIfUneditable(() => {
    const pair = keyIn(parse(text), section);
    return pair === undefined ? undefined : linesOf(text, pair);
  });
}

function keyIn(documents: Parsed, { name, key }: MapKey): Pair | undefined {
  return pairOf(blockMap(documentOf(documents, 'ConfigMap', name), ['data']), key);
}

function linesOf(text: string, pair: Pair): Lines {
  const node = pair.value as Node;
  if (!isScalar(node) || node.type !== 'BLOCK_LITERAL')
    throw new CannotEdit('the section is no literal block scalar ("|"), so its lines cannot be told apart');
  const value = String(node.value);
  const start = text.indexOf('\n', rangeOf(node)[0]) + 1;
  const end = ownEnd(text, node);
  if (start === 0 || lineStart(text, keyStart(pair)) >= start || end < start)
    throw new CannotEdit('the section holds no lines');
  const raw = text.slice(start, lineEnd(text, end)).split(/\r?\n/);
  const own = contentOf(value);
  const first = own.findIndex((line) => line.trim() !== '');
  const pad = (raw[first] ?? '').slice(0, (raw[first] ?? '').length - (own[first] ?? '').length);
  if (raw.length !== own.length || own.some((line, i) => line.trim() !== '' && raw[i] !== `${pad}${line}`))
    throw new CannotEdit('the lines of the section cannot be told apart');
  return { value, raw, pad, start, end: lineEnd(text, end) };
}

function contentOf(value: string): readonly string[] {
  return value.replace(/\n+$/, '').split('\n');
}

function sameContent(one: string, other: string): boolean {
  return contentOf(one).join('\n') === contentOf(other).join('\n');
}

function changed({ value, raw, pad }: Lines, wanted: string): readonly string[] {
  let at = 0;
  return diffArrays([...contentOf(value)], [...contentOf(wanted)]).flatMap((part) => {
    if (part.added) return part.value.map((line) => (line === '' ? '' : `${pad}${line}`));
    const from = at;
    at += part.value.length;
    return part.removed ? [] : raw.slice(from, at);
  });
}
