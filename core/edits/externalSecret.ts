import { isMap, type YAMLMap } from 'yaml';
import type { EditOutcome } from './edit.ts';
import { appendEntry, entriesOf, indexOfEntry, linesLike, removeEntry, type ListEdit } from './listEntry.ts';
import { scalar } from './scalars.ts';
import { column, dashOf } from './positions.ts';
import { blockSeq, CannotEdit, documentOf, parse } from './yamlDocument.ts';
import { guarded } from './yamlSplice.ts';

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
  return guarded(standardLines(wanted, 4).join('\n'), () => {
    const edit = open(text, wanted);
    const found = entriesOf(edit)[indexOfEntry(edit, 'secretKey', wanted.secretKey)];
    if (found !== undefined) return compare(text, found as Data, wanted);
    refuseTemplate(edit);
    const neighbour = edit.list.items.findLast((item): item is YAMLMap => isMap(item) && plain(item.toJSON() as Data));
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
  });
}

/** Takes the entry out again, if it is unchanged. */
export function removeSecretEntry(text: string, wanted: SecretEntry): EditOutcome {
  return guarded('', () => {
    const edit = open(text, wanted);
    const index = indexOfEntry(edit, 'secretKey', wanted.secretKey);
    const found = entriesOf(edit)[index];
    if (found === undefined) return { kind: 'alreadyThere', text };
    const same = compare(text, found as Data, wanted);
    return same.kind === 'alreadyThere' ? removeEntry(edit, index) : same;
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

function open(text: string, wanted: SecretEntry): ListEdit {
  const documents = parse(text);
  const document = documentOf(documents, 'ExternalSecret', wanted.name);
  const path = ['spec', 'data'];
  return { text, documents, document, list: blockSeq(document, path), path };
}

/** A template that replaces the data lets only its own keys reach the Secret, so a new entry would never arrive. */
function refuseTemplate({ document }: ListEdit): void {
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
