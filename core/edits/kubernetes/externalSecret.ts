import { isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml';
import type { EditOutcome } from '../yaml/edit.ts';
import {
  addList,
  appendEntry,
  entriesOf,
  indexOfEntry,
  linesLike,
  removeEntry,
  removeList,
  type ListEdit,
} from '../yaml/listEntry.ts';
import { scalar } from '../yaml/scalars.ts';
import { column, dashOf, keyStart } from '../yaml/positions.ts';
import { blockSeq, CannotEdit, documentOf, nodeOrAbsent, parse } from '../yaml/yamlDocument.ts';
import { guarded } from '../yaml/yamlSplice.ts';

export interface SecretEntry {
  /** metadata.name of the ExternalSecret. */
  readonly name: string;
  readonly secretKey: string;
  /** Title of the vault item. */
  readonly remoteKey: string;
  /** Label of the field. */
  readonly property: string;
}

interface Data {
  readonly secretKey?: unknown;
  readonly remoteRef?: { readonly key?: unknown; readonly property?: unknown; readonly [field: string]: unknown };
}

/** Adds an entry to `spec.data`, as the last one and after its neighbour's style. */
export function addSecretEntry(text: string, wanted: SecretEntry): EditOutcome {
  return guarded(
    () => standardLines(wanted, 4).join('\n'),
    () => {
      const object = objectOf(text, wanted);
      if (nodeOrAbsent(object.document, object.path).absent) return addData(object, wanted);
      const edit = open(object);
      const found = entriesOf(edit)[indexOfEntry(edit, 'secretKey', wanted.secretKey)];
      if (found !== undefined) return compare(text, found as Data, wanted);
      refuseTemplate(edit);
      const neighbour = edit.list.items.findLast(
        (item): item is YAMLMap => isMap(item) && plain(item.toJSON() as Data),
      );
      const values = new Map([
        [['secretKey'], wanted.secretKey],
        [['remoteRef', 'key'], wanted.remoteKey],
        [['remoteRef', 'property'], wanted.property],
      ]);
      const copied = neighbour === undefined ? undefined : linesLike(text, neighbour, values);
      const lines = copied ?? standardLines(wanted, column(text, dashOf(text, edit.list.items.at(-1))));
      const entry =
        copied === undefined || neighbour === undefined
          ? standardEntry(wanted)
          : merged(neighbour.toJSON() as Data, wanted);
      return appendEntry(edit, lines, entry);
    },
  );
}

/** Takes the entry out again, if it is unchanged. */
export function removeSecretEntry(text: string, wanted: SecretEntry): EditOutcome {
  return guarded('', () => {
    const object = objectOf(text, wanted);
    if (object.document.getIn(object.path) === undefined) return { kind: 'alreadyThere', text };
    const edit = open(object);
    const index = indexOfEntry(edit, 'secretKey', wanted.secretKey);
    const found = entriesOf(edit)[index];
    if (found === undefined) return { kind: 'alreadyThere', text };
    const same = compare(text, found as Data, wanted);
    if (same.kind !== 'alreadyThere') return same;
    // Without any source the controller would leave every key in the Secret.
    return edit.list.items.length === 1 && dataFromOf(object) !== undefined
      ? removeList(edit)
      : removeEntry(edit, index);
  });
}

/** `spec.target.name`, or the ExternalSecret's own name where absent; undefined where the file has no such object. */
export function targetSecretOf(text: string, name: string): string | undefined {
  for (const document of parse(text)) {
    if (document.getIn(['kind']) !== 'ExternalSecret' || document.getIn(['metadata', 'name']) !== name) continue;
    const target = document.getIn(['spec', 'target', 'name']);
    return typeof target === 'string' ? target : name;
  }
  return undefined;
}

type Holder = Omit<ListEdit, 'list'>;

function objectOf(text: string, wanted: SecretEntry): Holder {
  const documents = parse(text);
  return { text, documents, document: documentOf(documents, 'ExternalSecret', wanted.name), path: ['spec', 'data'] };
}

function open(object: Holder): ListEdit {
  return { ...object, list: blockSeq(object.document, object.path) };
}

function dataFromOf({ document }: Holder): Pair | undefined {
  const spec = document.getIn(['spec'], true);
  return isMap(spec) ? spec.items.find((item) => isScalar(item.key) && item.key.value === 'dataFrom') : undefined;
}

/** Makes the list beside `dataFrom`, and indents it as that. An object with neither asks for nothing yet, and is not ours to begin. */
function addData(object: Holder, wanted: SecretEntry): EditOutcome {
  const { text, document } = object;
  const dataFrom = dataFromOf(object);
  if (dataFrom === undefined || !isSeq(dataFrom.value) || dataFrom.value.items.length === 0)
    throw new CannotEdit('spec.data is not there: write it with its first entry by hand');
  refuseTemplate(object);
  const indent = column(text, keyStart(dataFrom));
  const step = dataFrom.value.flow === true ? 2 : column(text, dashOf(text, dataFrom.value.items[0])) - indent;
  const spec = document.getIn(['spec'], true) as YAMLMap;
  const below = spec.items[spec.items.indexOf(dataFrom) - 1] ?? dataFrom;
  const lines = [`${' '.repeat(indent)}data:`, ...standardLines(wanted, indent + step)];
  return addList(object, below, lines, [standardEntry(wanted)]);
}

/** A template that replaces the data lets only its own keys reach the Secret, so a new entry would never arrive. */
function refuseTemplate({ document }: Holder): void {
  const at = (...path: string[]): unknown => document.getIn(['spec', 'target', 'template', ...path]);
  const own = at('data') !== undefined || at('templateFrom') !== undefined;
  if (own && at('mergePolicy') !== 'Merge')
    throw new CannotEdit('its spec.target.template names the keys of the Secret, so the entry alone would not arrive');
}

/** Defaults that the neighbours may write out, against drift under server-side apply. */
const DEFAULTS: Readonly<Record<string, string>> = {
  conversionStrategy: 'Default',
  decodingStrategy: 'None',
  metadataPolicy: 'None',
};

/** An entry that says no more than ours: a version, another store or a decoding must be neither copied nor taken as equal. */
function plain(entry: Data): boolean {
  const { key: _key, property: _property, ...rest } = entry.remoteRef ?? {};
  return (
    Object.keys(entry).every((name) => name === 'secretKey' || name === 'remoteRef') &&
    Object.entries(rest).every(([name, value]) => DEFAULTS[name] === value)
  );
}

function merged(neighbour: Data, wanted: SecretEntry): unknown {
  const remoteRef = { ...neighbour.remoteRef, key: wanted.remoteKey, property: wanted.property };
  return { ...neighbour, secretKey: wanted.secretKey, remoteRef };
}

function standardEntry(wanted: SecretEntry): unknown {
  return { secretKey: wanted.secretKey, remoteRef: { key: wanted.remoteKey, property: wanted.property } };
}

function compare(text: string, found: Data, wanted: SecretEntry): EditOutcome {
  const { remoteRef } = found;
  const same = remoteRef?.key === wanted.remoteKey && remoteRef.property === wanted.property && plain(found);
  if (same) return { kind: 'alreadyThere', text };
  return { kind: 'different', found: JSON.stringify(found), wanted: JSON.stringify(standardEntry(wanted)) };
}

function standardLines(wanted: SecretEntry, indent: number): readonly string[] {
  const pad = ' '.repeat(indent);
  return [
    `${pad}- secretKey: ${scalar(wanted.secretKey)}`,
    `${pad}  remoteRef:`,
    `${pad}    key: ${JSON.stringify(wanted.remoteKey)}`,
    `${pad}    property: ${scalar(wanted.property)}`,
  ];
}
