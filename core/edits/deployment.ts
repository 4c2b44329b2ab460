import { isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml';
import type { EditOutcome } from './edit.ts';
import {
  addList,
  appendEntry,
  entriesOf,
  indexOfEntry,
  linesLike,
  removeEntry,
  removeList,
  type ListEdit,
} from './listEntry.ts';
import { stepOf } from './newKey.ts';
import { scalar } from './scalars.ts';
import { column, dashOf, keyStart, rangeOf } from './positions.ts';
import { blockSeq, CannotEdit, documentOf, nodeOrAbsent, parse, plainData } from './yamlDocument.ts';
import { guarded } from './yamlSplice.ts';

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

interface Env {
  readonly name?: unknown;
  readonly value?: unknown;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name?: unknown; readonly key?: unknown } };
}

/** Adds an env entry to the named container, or to a list of Helm values, as the last one and after the style of one that reads a Secret too. */
export function addEnvEntry(text: string, wanted: EnvEntry): EditOutcome {
  return guarded(standardLines(wanted, 12).join('\n'), () => {
    const container = holderOf(text, wanted);
    const absent = firstAbsent(container);
    if (absent !== undefined)
      return wanted.valuesPath === undefined ? addEnv(container, wanted) : addValues(container, absent, wanted);
    const edit = open(container);
    const found = entriesOf(edit)[indexOfEntry(edit, 'name', wanted.envVar)];
    if (found !== undefined) return compare(text, found as Env, wanted);
    const neighbour = edit.list.items.findLast((item): item is YAMLMap => isMap(item) && plain(item.toJSON() as Env));
    const values = new Map([
      [['name'], wanted.envVar],
      [['valueFrom', 'secretKeyRef', 'name'], wanted.secretName],
      [['valueFrom', 'secretKeyRef', 'key'], wanted.secretKey],
    ]);
    const copied = neighbour === undefined ? undefined : linesLike(text, neighbour, values);
    const lines = copied ?? standardLines(wanted, column(text, dashOf(text, edit.list.items.at(-1))));
    return appendEntry(edit, lines, ordered(neighbour, copied !== undefined, wanted));
  });
}

/** Takes the entry out again, if it is unchanged. */
export function removeEnvEntry(text: string, wanted: EnvEntry): EditOutcome {
  return guarded('', () => {
    const container = holderOf(text, wanted);
    if (container.document.getIn(container.path) === undefined) return { kind: 'alreadyThere', text };
    const edit = open(container);
    const index = indexOfEntry(edit, 'name', wanted.envVar);
    const found = entriesOf(edit)[index];
    if (found === undefined) return { kind: 'alreadyThere', text };
    const same = compare(text, found as Env, wanted);
    if (same.kind !== 'alreadyThere') return same;
    return edit.list.items.length === 1 ? removeList(outermost(edit, wanted)) : removeEntry(edit, index);
  });
}

/** The variables of our entry's list, in Helm values; undefined where they cannot be read. */
export function envOfValues(text: string, valuesPath: string): readonly unknown[] | undefined {
  try {
    const { document, path } = valuesOf(text, valuesPath);
    const found = path.reduce<unknown>(
      (at, key) => (at as Readonly<Record<string, unknown>> | null | undefined)?.[key],
      plainData(document),
    );
    return Array.isArray(found) ? found : undefined;
  } catch (error) {
    if (error instanceof CannotEdit) return undefined;
    throw error;
  }
}

function holderOf(text: string, wanted: EnvEntry): Container {
  return wanted.valuesPath === undefined ? containerOf(text, wanted) : valuesOf(text, wanted.valuesPath);
}

/** Values stand in a file of their own, or in one document of several, such as a HelmRelease. */
function valuesOf(text: string, valuesPath: string): Container {
  const documents = parse(text);
  const path = valuesPath.split('.');
  const [first = ''] = path;
  const holding = documents.filter(
    ({ contents }) => isMap(contents) && (documents.length === 1 || contents.has(first)),
  );
  const [document] = holding;
  if (document === undefined || holding.length > 1)
    throw new CannotEdit(`it holds ${holding.length} documents with values of ${first}, one is needed`);
  return { text, documents, document, path };
}

/** How many keys of the path lead to the first that is not there; undefined where all are. */
function firstAbsent({ document, path }: Container): number | undefined {
  const from = typeof path.at(-2) === 'number' ? path.length : 1;
  for (let length = from; length <= path.length; length += 1)
    if (nodeOrAbsent(document, path.slice(0, length)).absent) return length;
  return undefined;
}

/** Makes the list, and the mappings that are to hold it, at the end of what is there. */
function addValues(values: Container, absent: number, wanted: EnvEntry): EditOutcome {
  const { text, document, path } = values;
  const holder = path.slice(0, absent - 1);
  const map = (absent === 1 ? document.contents : document.getIn(holder, true)) as YAMLMap;
  const below = map.items.at(-1) as Pair;
  const step = stepOf(text, document.contents as YAMLMap);
  const indent = column(text, keyStart(below));
  const keys = path.slice(absent - 1);
  const lines = keys.map((key, i) => `${' '.repeat(indent + i * step)}${scalar(String(key))}:`);
  const list: readonly unknown[] = [standardEntry(wanted)];
  const value = keys.slice(1).reduceRight<unknown>((inner, key) => ({ [key]: inner }), list);
  const entry = standardLines(wanted, indent + keys.length * step);
  return addList({ ...values, path: path.slice(0, absent) }, below, [...lines, ...entry], value);
}

/** The list, or the outermost mapping of values that holds nothing but it. */
function outermost(edit: Container, { valuesPath }: EnvEntry): Container {
  let { path } = edit;
  for (let length = path.length - 1; valuesPath !== undefined && length >= 1; length -= 1) {
    const map = edit.document.getIn(path.slice(0, length), true);
    if (!isMap(map) || map.items.length > 1) break;
    path = path.slice(0, length);
  }
  return { ...edit, path };
}

type Container = Omit<ListEdit, 'list'>;

function containerOf(text: string, wanted: EnvEntry): Container {
  const documents = parse(text);
  const document = documentOf(documents, 'Deployment', wanted.name);
  const containers = document.getIn(['spec', 'template', 'spec', 'containers'], true);
  if (!isSeq(containers)) throw new CannotEdit('the Deployment has no list of containers');
  const index = containers.items.findIndex((item) => isMap(item) && item.get('name') === wanted.container);
  if (index < 0) {
    const names = containers.items.map((item) => (isMap(item) ? String(item.get('name')) : '?'));
    throw new CannotEdit(`the Deployment has no container ${wanted.container} (there are: ${names.join(', ')})`);
  }
  return { text, documents, document, path: ['spec', 'template', 'spec', 'containers', index, 'env'] };
}

function open(container: Container): ListEdit {
  return { ...container, list: blockSeq(container.document, container.path) };
}

/** What people write above `env`, the nearest first. */
const ABOVE_ENV = ['envFrom', 'args', 'command', 'imagePullPolicy', 'image', 'name'];

/** Makes the list, indented as that of the containers is. */
function addEnv(container: Container, wanted: EnvEntry): EditOutcome {
  const { text, document, path } = container;
  const map = document.getIn(path.slice(0, -1), true) as YAMLMap;
  const pairs = ABOVE_ENV.flatMap((key) => map.items.filter((item) => isScalar(item.key) && item.key.value === key));
  const [below] = pairs;
  if (below === undefined) throw new CannotEdit('the container has no image');
  const spec = document.getIn(path.slice(0, -3), true) as YAMLMap;
  const list = spec.items.find((item) => isScalar(item.key) && item.key.value === 'containers') as Pair;
  const dash = column(text, dashOf(text, map));
  const indent = column(text, rangeOf(map)[0]);
  const step = dash - column(text, keyStart(list));
  const lines = [`${' '.repeat(indent)}env:`, ...standardLines(wanted, indent + Math.max(step, 0))];
  return addList(container, below, lines, [standardEntry(wanted)]);
}

function plain(entry: Env): boolean {
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

function standardEntry(wanted: EnvEntry) {
  return { name: wanted.envVar, valueFrom: { secretKeyRef: { name: wanted.secretName, key: wanted.secretKey } } };
}

/** The entry as data, its keys in the neighbour's order. */
function ordered(neighbour: YAMLMap | undefined, copied: boolean, wanted: EnvEntry): unknown {
  const entry = standardEntry(wanted);
  if (!copied || neighbour === undefined) return entry;
  const like = neighbour.toJSON() as Env;
  const ref = like.valueFrom?.secretKeyRef ?? {};
  const secretKeyRef = Object.fromEntries(
    Object.keys(ref).map((key) => [key, key === 'name' ? wanted.secretName : wanted.secretKey]),
  );
  return Object.fromEntries(Object.keys(like).map((key) => [key, key === 'name' ? wanted.envVar : { secretKeyRef }]));
}

function compare(text: string, found: Env, wanted: EnvEntry): EditOutcome {
  const ref = found.valueFrom?.secretKeyRef;
  const same = ref?.name === wanted.secretName && ref.key === wanted.secretKey && found.value === undefined;
  if (same) return { kind: 'alreadyThere', text };
  // An env value may be a secret that someone wrote in clear: never shown.
  const shown = found.value === undefined ? found : { ...found, value: '…' };
  return { kind: 'different', found: JSON.stringify(shown), wanted: JSON.stringify(standardEntry(wanted)) };
}

function standardLines(wanted: EnvEntry, indent: number): readonly string[] {
  const pad = ' '.repeat(indent);
  return [
    `${pad}- name: ${scalar(wanted.envVar)}`,
    `${pad}  valueFrom:`,
    `${pad}    secretKeyRef:`,
    `${pad}      name: ${scalar(wanted.secretName)}`,
    `${pad}      key: ${scalar(wanted.secretKey)}`,
  ];
}
