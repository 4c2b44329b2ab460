import { isMap, isScalar, type Document, type Node, type Pair, type YAMLMap } from 'yaml';
import type { EditOutcome } from '../yaml/edit.ts';
import { emptied, emptyAgain, fillEmpty } from '../yaml/emptyValue.ts';
import { insertAbove, insertBelow, removeKey, stepOf, withKey, withoutKey } from '../yaml/newKey.ts';
import { quotedLike } from '../yaml/scalars.ts';
import { blankAbove, column, isBlock, keyStart, pairEnd, rangeOf, startWithComments } from '../yaml/positions.ts';
import {
  blockMap,
  CannotEdit,
  dataWith,
  documentOf,
  nodeOrAbsent,
  pairOf,
  parse,
  type Parsed,
  isEmptyPair,
} from '../yaml/yamlDocument.ts';
import { guarded, proven } from '../yaml/yamlSplice.ts';

export interface ConfigMapKey {
  readonly name: string;
  readonly key: string;
  /** The value; ends with exactly one line break. */
  readonly value: string;
}

const DEFAULT_STEP = 2;

/**
 * Adds a key with a literal block scalar to `data`, as its last one and in the style of the neighbours; as the last but one
 * where a file without a line break at its end would cut that of the value; with `data` itself where there is none.
 */
export function addConfigMapKey(text: string, wanted: ConfigMapKey): EditOutcome {
  return guarded(
    () => byHand(wanted),
    () => {
      const { documents, document } = open(text, wanted);
      const empty = emptyData(document);
      if (empty !== undefined) return fillData(text, documents, document, wanted, empty);
      if (nodeOrAbsent(document, ['data']).absent) return addData(text, documents, document, wanted);
      const data = blockMap(document, ['data']);
      const existing = pairOf(data, wanted.key);
      if (existing !== undefined) return sameOrDifferent(text, existing, wanted);
      const last = data.items.at(-1) as Pair;
      const lines = keyLines(wanted, column(text, keyStart(last)), contentStep(text, data), last.key);
      const { splice, at } = place(text, data, lines, spaced(text, data));
      const result = dataWith(documents, document, ['data'], (old) => withKey(old, wanted.key, wanted.value, at));
      return proven(text, [splice], result);
    },
  );
}

/** Takes the key out again, if its value is unchanged. */
export function removeConfigMapKey(text: string, wanted: ConfigMapKey): EditOutcome {
  return guarded('', () => {
    const { documents, document } = open(text, wanted);
    if (document.getIn(['data']) === undefined || emptyData(document) !== undefined)
      return { kind: 'alreadyThere', text };
    const data = blockMap(document, ['data']);
    const existing = pairOf(data, wanted.key);
    if (existing === undefined) return { kind: 'alreadyThere', text };
    const same = sameOrDifferent(text, existing, wanted);
    if (same.kind !== 'alreadyThere') return same;
    if (data.items.length > 1) {
      const result = dataWith(documents, document, ['data'], (old) => withoutKey(old, wanted.key));
      return proven(text, [removeKey(text, data, existing, true)], result);
    }
    const root = document.contents as YAMLMap;
    const pair = pairOf(root, 'data') as Pair;
    const empty = emptyAgain(text, pair, () => false);
    if (empty !== undefined)
      return emptied({ text, documents, document, path: ['data'] }, empty, keyStart(existing), existing.value as Node);
    const result = dataWith(documents, document, [], (old) => withoutKey(old, 'data'));
    return proven(text, [removeKey(text, root, pair, false)], result);
  });
}

function open(text: string, wanted: ConfigMapKey) {
  const documents = parse(text);
  const document = documentOf(documents, 'ConfigMap', wanted.name);
  if (document.getIn(['immutable']) === true)
    throw new CannotEdit('the ConfigMap is immutable: make one that may change, and name that');
  if (document.getIn(['binaryData', wanted.key]) !== undefined)
    throw new CannotEdit(`binaryData holds ${wanted.key} already, and a key may stand in one of the two only`);
  return { documents, document };
}

/** Below the last of some keys; above it, where it ends with the file and without a line break. */
function place(text: string, map: YAMLMap, lines: readonly string[], blank: boolean) {
  const last = map.items.at(-1) as Pair;
  return pairEnd(text, last) < text.length
    ? { splice: insertBelow(text, last, lines, blank), at: { below: last } }
    : { splice: insertAbove(text, last, map.items.at(-2), lines, blank), at: { above: last } };
}

function addData(text: string, documents: Parsed, document: Document.Parsed, wanted: ConfigMapKey): EditOutcome {
  const root = document.contents as YAMLMap;
  const step = stepOf(text, root);
  const indent = column(text, keyStart(root.items[0] as Pair));
  const lines = [`${' '.repeat(indent)}data:`, ...keyLines(wanted, indent + step, step)];
  const { splice, at } = place(text, root, lines, false);
  const made = { [wanted.key]: wanted.value };
  const result = dataWith(documents, document, [], (old) => withKey(old, 'data', made, at));
  return proven(text, [splice], result);
}

function emptyData({ contents }: Document.Parsed): Pair | undefined {
  const pair = isMap(contents) && contents.flow !== true ? pairOf(contents, 'data') : undefined;
  return pair !== undefined && isEmptyPair(pair) ? pair : undefined;
}

function fillData(
  text: string,
  documents: Parsed,
  document: Document.Parsed,
  wanted: ConfigMapKey,
  pair: Pair,
): EditOutcome {
  if (!text.slice(keyStart(pair)).includes('\n'))
    throw new CannotEdit('the file has no line break at its end, so that the last one of the value would be lost');
  const step = stepOf(text, document.contents as YAMLMap);
  const lines = keyLines(wanted, column(text, keyStart(pair)) + step, step);
  const result = dataWith(documents, document, ['data'], () => ({ [wanted.key]: wanted.value }));
  return proven(
    text,
    fillEmpty(text, pair, lines, () => false),
    result,
  );
}

/** The value as the cluster will read it: Go's parser gives no line break at the end of a file that has none. */
function valueOf(text: string, pair: Pair): string {
  const value = isScalar(pair.value) ? String(pair.value.value) : '';
  return reachesEnd(text, pair) ? value.replace(/\n$/, '') : value;
}

function sameOrDifferent(text: string, existing: Pair, wanted: ConfigMapKey): EditOutcome {
  const found = valueOf(text, existing);
  return found === wanted.value ? { kind: 'alreadyThere', text } : { kind: 'different', found, wanted: wanted.value };
}

function reachesEnd(text: string, pair: Pair): boolean {
  return isBlock(pair) && rangeOf(pair.value)[1] >= text.length && !text.endsWith('\n');
}

/** Whether the keys are set apart by blank lines; one key alone does not tell. */
function spaced(text: string, data: YAMLMap): boolean {
  const last = data.items.at(-1) as Pair;
  return data.items.length < 2 || blankAbove(text, startWithComments(text, keyStart(last)));
}

/** How far the last block scalar of data is indented below its key. */
function contentStep(text: string, data: YAMLMap): number {
  const pair = data.items.findLast((item) => isBlock(item));
  if (pair === undefined) return DEFAULT_STEP;
  const start = text.indexOf('\n', rangeOf(pair.value)[0]) + 1;
  const line =
    text
      .slice(start)
      .split('\n')
      .find((candidate) => candidate.trim() !== '') ?? '';
  const found = line.length - line.trimStart().length - column(text, keyStart(pair));
  return found > 0 ? found : DEFAULT_STEP;
}

/** The lines of a key, which is quoted as a neighbour is. */
function keyLines(wanted: ConfigMapKey, indent: number, step: number, neighbour?: unknown): readonly string[] {
  const pad = ' '.repeat(indent + step);
  const content = wanted.value.replace(/\n$/, '').split('\n');
  return [
    `${' '.repeat(indent)}${quotedLike(neighbour, wanted.key)}: |`,
    ...content.map((line) => (line === '' ? '' : `${pad}${line}`)),
  ];
}

function byHand(wanted: ConfigMapKey): string {
  return keyLines(wanted, 2, DEFAULT_STEP).join('\n');
}
