import { isScalar, type Node, type Pair, type YAMLMap } from 'yaml';
import type { EditOutcome } from './edit.ts';
import { scalar } from './scalars.ts';
import { blankAbove, column, isBlock, keyStart, ownEnd, pairEnd, rangeOf, startWithComments } from './positions.ts';
import { blockMap, CannotEdit, dataOf, documentOf, parse } from './yamlDocument.ts';
import { guarded, insertAfter, proven, removeLines } from './yamlSplice.ts';

export interface ConfigMapKey {
  readonly name: string;
  readonly key: string;
  /** The value; ends with exactly one line break. */
  readonly value: string;
}

const DEFAULT_STEP = 2;

/** Adds a key with a literal block scalar to `data`, as its last one and in the style of the neighbours. */
export function addConfigMapKey(text: string, wanted: ConfigMapKey): EditOutcome {
  return guarded(byHand(wanted), () => {
    const documents = parse(text);
    const document = documentOf(documents, 'ConfigMap', wanted.name);
    const data = blockMap(document, ['data']);
    const existing = pairOf(data, wanted.key);
    if (existing !== undefined) return sameOrDifferent(text, existing, wanted);
    const last = lastKey(text, data);
    const indent = column(text, keyStart(last));
    const lines = [...(spaced(text, data) ? [''] : []), ...keyLines(wanted, indent, contentStep(text, data))];
    const result = dataOf(documents);
    const target = result[documents.indexOf(document)] as { data: Record<string, string> };
    target.data[wanted.key] = wanted.value;
    return proven(text, [insertAfter(text, pairEnd(text, last), lines)], result);
  });
}

/** Takes the key out again, if its value is unchanged. */
export function removeConfigMapKey(text: string, wanted: ConfigMapKey): EditOutcome {
  return guarded('', () => {
    const documents = parse(text);
    const document = documentOf(documents, 'ConfigMap', wanted.name);
    const data = blockMap(document, ['data']);
    const existing = pairOf(data, wanted.key);
    if (existing === undefined) return { kind: 'alreadyThere', text };
    const same = sameOrDifferent(text, existing, wanted);
    if (same.kind !== 'alreadyThere') return same;
    const result = dataOf(documents);
    const target = result[documents.indexOf(document)] as { data: Record<string, string> };
    delete target.data[wanted.key];
    const withBlank = blankAbove(text, keyStart(existing));
    return proven(text, [removeLines(text, keyStart(existing), endOf(text, existing), withBlank)], result);
  });
}

function pairOf(data: YAMLMap, key: string): Pair | undefined {
  return data.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
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

function endOf(text: string, pair: Pair): number {
  return ownEnd(text, (pair.value ?? pair.key) as Node);
}

/** The key after which ours goes. A kept-newlines scalar (`|+`) would swallow the blank line. */
function lastKey(text: string, data: YAMLMap): Pair {
  const last = data.items.at(-1) as Pair;
  if (pairEnd(text, last) === text.length)
    throw new CannotEdit('the file has no line break at its end, which the value of a last key needs');
  const [start] = rangeOf(last.value ?? last.key);
  if (isBlock(last) && /^[|>][0-9]*\+/.test(text.slice(start, start + 4)))
    throw new CannotEdit('the last key of data keeps its trailing line breaks');
  return last;
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

function keyLines(wanted: ConfigMapKey, indent: number, step: number): readonly string[] {
  const pad = ' '.repeat(indent + step);
  const content = wanted.value.replace(/\n$/, '').split('\n');
  return [
    `${' '.repeat(indent)}${scalar(wanted.key)}: |`,
    ...content.map((line) => (line === '' ? '' : `${pad}${line}`)),
  ];
}

function byHand(wanted: ConfigMapKey): string {
  return keyLines(wanted, 2, DEFAULT_STEP).join('\n');
}
