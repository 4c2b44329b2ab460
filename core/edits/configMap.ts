import { isScalar, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { EditOutcome } from './edit.ts';
import { scalar } from './scalars.ts';
import {
  blankAbove,
  blockMap,
  CannotEdit,
  column,
  dataOf,
  documentOf,
  guarded,
  insertAfter,
  isBlock,
  keyStart,
  ownEnd,
  parse,
  proven,
  removeLines,
} from './yamlSplice.ts';

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
    const last = lastBlock(text, data);
    const indent = column(text, keyStart(last));
    const step = contentStep(text, last, indent);
    const withBlank = data.items.length < 2 || blankAbove(text, keyStart(last));
    const lines = [...(withBlank ? [''] : []), ...keyLines(wanted, indent, step)];
    const result = dataOf(documents);
    const target = result[documents.indexOf(document)] as { data: Record<string, string> };
    target.data[wanted.key] = wanted.value;
    return proven(text, [insertAfter(text, ownEnd(text, last.value as Scalar), lines)], result);
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
    if (valueOf(existing) !== wanted.value) return different(existing, wanted);
    const result = dataOf(documents);
    const target = result[documents.indexOf(document)] as { data: Record<string, string> };
    delete target.data[wanted.key];
    const withBlank = blankAbove(text, keyStart(existing));
    return proven(
      text,
      [removeLines(text, keyStart(existing), ownEnd(text, existing.value as Scalar), withBlank)],
      result,
    );
  });
}

function pairOf(data: YAMLMap, key: string): Pair | undefined {
  return data.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

function valueOf(pair: Pair): unknown {
  return isScalar(pair.value) ? pair.value.value : undefined;
}

function sameOrDifferent(text: string, existing: Pair, wanted: ConfigMapKey): EditOutcome {
  return valueOf(existing) === wanted.value ? { kind: 'alreadyThere', text } : different(existing, wanted);
}

function different(existing: Pair, wanted: ConfigMapKey): EditOutcome {
  return { kind: 'different', found: String(valueOf(existing)), wanted: wanted.value };
}

/** The key after which ours goes. A kept-newlines scalar (`|+`) would swallow the blank line. */
function lastBlock(text: string, data: YAMLMap): Pair {
  const last = data.items.at(-1);
  if (last === undefined || !isBlock(last)) throw new CannotEdit('the last key of data is not a block scalar');
  const [start] = (last.value as Scalar).range ?? [0];
  if (/^[|>][0-9]*\+/.test(text.slice(start, start + 4)))
    throw new CannotEdit('the last key of data keeps its trailing line breaks');
  return last;
}

function contentStep(text: string, pair: Pair, indent: number): number {
  const start = text.indexOf('\n', (pair.value as Scalar).range?.[0] ?? 0) + 1;
  const line =
    text
      .slice(start)
      .split('\n')
      .find((candidate) => candidate.trim() !== '') ?? '';
  const found = line.length - line.trimStart().length - indent;
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
