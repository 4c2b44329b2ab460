import type { YAMLMap } from 'yaml';
import type { EditOutcome } from '../yaml/edit.ts';
import { scalar } from '../yaml/scalars.ts';

export interface EnvEntry {
  /** metadata.name of the Deployment. */
  readonly name: string;
  readonly container: string;
  /** Keys with dots between, of the list of variables in Helm values; undefined where the file holds the Deployment itself. */
  readonly valuesPath?: string | undefined;
  readonly envVar: string;
  readonly secretName: string;
  readonly secretKey: string;
}

export interface Env {
  readonly name?: unknown;
  readonly value?: unknown;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name?: unknown; readonly key?: unknown } };
}

/** An entry that reads a Secret and says no more than ours. */
export function plain(entry: Env): boolean {
  const ref = entry.valueFrom?.secretKeyRef;
  return (
    ref !== undefined &&
    Object.keys(entry).length === 2 &&
    Object.keys(entry.valueFrom ?? {}).length === 1 &&
    Object.keys(ref).length === 2 &&
    'key' in ref &&
    'name' in ref
  );
}

/** The entry as data, in the order in which it is written where no neighbour tells another. */
export function standardEntry(wanted: EnvEntry) {
  return { name: wanted.envVar, valueFrom: { secretKeyRef: { name: wanted.secretName, key: wanted.secretKey } } };
}

/** The entry as data, its keys in the neighbour's order. */
export function ordered(neighbour: YAMLMap | undefined, copied: boolean, wanted: EnvEntry): unknown {
  const entry = standardEntry(wanted);
  if (!copied || neighbour === undefined) return entry;
  const like = neighbour.toJSON() as Env;
  const ref = like.valueFrom?.secretKeyRef ?? {};
  const secretKeyRef = Object.fromEntries(
    Object.keys(ref).map((key) => [key, key === 'name' ? wanted.secretName : wanted.secretKey]),
  );
  return Object.fromEntries(Object.keys(like).map((key) => [key, key === 'name' ? wanted.envVar : { secretKeyRef }]));
}

/** Whether an entry of our name is ours; never shows a value that stands in clear. */
export function compare(text: string, found: Env, wanted: EnvEntry): EditOutcome {
  const ref = found.valueFrom?.secretKeyRef;
  const same = ref?.name === wanted.secretName && ref.key === wanted.secretKey && found.value === undefined;
  if (same) return { kind: 'alreadyThere', text };
  // An env value may be a secret that someone wrote in clear: never shown.
  const shown = found.value === undefined ? found : { ...found, value: '…' };
  return { kind: 'different', found: JSON.stringify(shown), wanted: JSON.stringify(standardEntry(wanted)) };
}

/** The entry's lines where no neighbour can be followed. */
export function standardLines(wanted: EnvEntry, indent: number): readonly string[] {
  const pad = ' '.repeat(indent);
  return [
    `${pad}- name: ${scalar(wanted.envVar)}`,
    `${pad}  valueFrom:`,
    `${pad}    secretKeyRef:`,
    `${pad}      name: ${scalar(wanted.secretName)}`,
    `${pad}      key: ${scalar(wanted.secretKey)}`,
  ];
}
