import type { Pair, YAMLMap } from 'yaml';
import { at } from '../../base/own.ts';
import type { EditOutcome } from '../yaml/edit.ts';
import { mapAt, removeList, type ListAt } from '../yaml/listEntry.ts';
import { insertBelow, removeKey, stepOf, withKey, withoutKey } from '../yaml/newKey.ts';
import { column, keyStart } from '../yaml/positions.ts';
import { sameData } from '../yaml/sameData.ts';
import { quotedLike, scalar } from '../yaml/scalars.ts';
import { blockMap, CannotEdit, dataWith, pairOf, plainData, undefinedIfUneditable } from '../yaml/yamlDocument.ts';
import { guarded, proven } from '../yaml/yamlSplice.ts';
import { isAppTemplates, valuesOf } from './helmValues.ts';
import { refuseSecondOfName, type EnvEntry } from './workerEnvironment.ts';

/**
 * Variables as a mapping from name to value or source, in the values of charts that take it, such as app-template
 * (https://bjw-s-labs.github.io/helm-charts/docs/common-library/), which makes `valueFrom` of any mapping without `value`.
 */

/** Whether the values hold variables as a mapping with entries. */
export function isMappingOfVariables(text: string, { valuesPath }: Pick<EnvEntry, 'valuesPath'>): boolean {
  if (valuesPath === undefined) return false;
  const map = undefinedIfUneditable(() => {
    const { document, path } = valuesOf(text, valuesPath);
    return mapAt(document, path);
  });
  return map !== undefined && map.items.length > 0;
}

/** Adds the variable as the last one. */
export function addVariable(text: string, wanted: EnvEntry): EditOutcome {
  return guarded(
    () => linesOf(wanted, false, '', 2).join('\n'),
    () => {
      const { where, map } = open(text, wanted);
      const found = pairOf(map, wanted.envVar);
      if (found !== undefined) return compared(text, plainAt(where)[wanted.envVar], wanted);
      refuseSecondOfName(text, wanted);
      const { document, documents, path } = where;
      const isShort = formOf(plainAt(where), wanted) === 'short';
      const last = map.items.at(-1) as Pair;
      const indent = ' '.repeat(column(text, keyStart(last)));
      const lines = linesOf(wanted, isShort, indent, stepOf(text, map), last);
      const made = isShort ? sourceOf(wanted) : { valueFrom: sourceOf(wanted) };
      const result = dataWith(documents, document, path, (old) => withKey(old, wanted.envVar, made, { below: last }));
      return proven(text, [insertBelow(text, last, lines, false)], result);
    },
  );
}

/** Takes the variable out, if it is unchanged; an empty mapping that it would leave goes too, which means the same. */
export function removeVariable(text: string, wanted: EnvEntry): EditOutcome {
  return guarded('', () => {
    const { where, map } = open(text, wanted);
    const pair = pairOf(map, wanted.envVar);
    if (pair === undefined) return { kind: 'alreadyThere', text };
    const same = compared(text, plainAt(where)[wanted.envVar], wanted);
    if (same.kind !== 'alreadyThere') return same;
    if (map.items.length < 2) return removeList(where);
    const { document, documents, path } = where;
    const result = dataWith(documents, document, path, (old) => withoutKey(old, wanted.envVar));
    return proven(text, [removeKey(text, map, pair, false)], result);
  });
}

function open(text: string, { valuesPath = '' }: EnvEntry): { readonly where: ListAt; readonly map: YAMLMap } {
  const where = valuesOf(text, valuesPath);
  return { where, map: blockMap(where.document, where.path) };
}

function plainAt({ document, path }: ListAt): Readonly<Record<string, unknown>> {
  return at(plainData(document), ...path.map(String)) as Readonly<Record<string, unknown>>;
}

function sourceOf({ secretName, secretKey }: EnvEntry) {
  return { secretKeyRef: { name: secretName, key: secretKey } };
}

/** How a key of a Secret is written: as a neighbour has it, or as the chart is known to take it. */
function formOf(variables: Readonly<Record<string, unknown>>, { valuesPath = '' }: EnvEntry): 'short' | 'long' {
  const all = Object.values(variables);
  if (all.some((each) => at(each, 'valueFrom', 'secretKeyRef') !== undefined)) return 'long';
  if (all.some((each) => at(each, 'secretKeyRef') !== undefined)) return 'short';
  if (isAppTemplates(valuesPath)) return 'long';
  throw new CannotEdit(
    `${valuesPath} is a mapping, and no variable there shows how the chart takes one from a key of a Secret`,
  );
}

function linesOf(wanted: EnvEntry, isShort: boolean, indent: string, step: number, like?: Pair): string[] {
  const { envVar, secretName, secretKey } = wanted;
  const keys = isShort ? ['secretKeyRef'] : ['valueFrom', 'secretKeyRef'];
  const pad = (depth: number): string => `${indent}${' '.repeat(step * depth)}`;
  return [
    `${indent}${quotedLike(like?.key, envVar)}:`,
    ...keys.map((key, i) => `${pad(i + 1)}${key}:`),
    `${pad(keys.length + 1)}name: ${scalar(secretName)}`,
    `${pad(keys.length + 1)}key: ${scalar(secretKey)}`,
  ];
}

function compared(text: string, found: unknown, wanted: EnvEntry): EditOutcome {
  const source = at(found, 'valueFrom', 'secretKeyRef') ?? at(found, 'secretKeyRef');
  const { secretKeyRef } = sourceOf(wanted);
  const says = { name: at(source, 'name'), key: at(source, 'key') };
  // A value beside the source is what such charts take.
  const hasValue = source === undefined || at(found, 'value') !== undefined;
  if (!hasValue && sameData(says, secretKeyRef)) return { kind: 'alreadyThere', text };
  // A value that stands there may be a secret in clear.
  const shown = hasValue ? { [wanted.envVar]: '…' } : { [wanted.envVar]: { secretKeyRef: says } };
  return {
    kind: 'different',
    found: JSON.stringify(shown),
    wanted: JSON.stringify({ [wanted.envVar]: { secretKeyRef } }),
  };
}
