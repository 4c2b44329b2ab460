import { isMap, type YAMLMap } from 'yaml';
import type { EditOutcome } from './edit.ts';
import { appendEntry, linesLike, listIn, removeEntry, type ListEdit } from './listEntry.ts';
import { scalar } from './scalars.ts';
import { blockSeq, column, dashOf, documentOf, guarded, parse } from './yamlSplice.ts';

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
  readonly remoteRef?: { readonly key?: unknown; readonly property?: unknown };
}

/** Adds an entry to `spec.data`, as the last one and after its neighbour's style. */
export function addSecretEntry(text: string, wanted: SecretEntry): EditOutcome {
  return guarded(standardLines(wanted, 4).join('\n'), () => {
    const edit = open(text, wanted);
    const found = entries(edit).find((entry) => entry.secretKey === wanted.secretKey);
    if (found !== undefined) return compare(text, found, wanted);
    const neighbour = edit.list.items.findLast((item): item is YAMLMap => isMap(item));
    const values = new Map([
      [['secretKey'], wanted.secretKey],
      [['remoteRef', 'key'], wanted.remoteKey],
      [['remoteRef', 'property'], wanted.property],
    ]);
    const copied =
      neighbour !== undefined && plain(neighbour.toJSON() as Data) ? linesLike(text, neighbour, values) : undefined;
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
    const index = entries(edit).findIndex((entry) => entry.secretKey === wanted.secretKey);
    const found = entries(edit)[index];
    if (found === undefined) return { kind: 'alreadyThere', text };
    const same = compare(text, found, wanted);
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

function entries(edit: ListEdit): readonly Data[] {
  return listIn(edit.document.toJS(), edit.path) as Data[];
}

/** Only what may be copied: a neighbour with a template, a generator or a version would carry it over. */
function plain(entry: Data): boolean {
  const extra = Object.keys(entry.remoteRef ?? {}).filter((key) => !COPIED.has(key));
  return Object.keys(entry).every((key) => key === 'secretKey' || key === 'remoteRef') && extra.length === 0;
}

const COPIED: ReadonlySet<string> = new Set([
  'key',
  'property',
  'conversionStrategy',
  'decodingStrategy',
  'metadataPolicy',
]);

function merged(neighbour: Data, wanted: SecretEntry): unknown {
  const remoteRef = { ...neighbour.remoteRef, key: wanted.remoteKey, property: wanted.property };
  return { ...neighbour, secretKey: wanted.secretKey, remoteRef };
}

function standardEntry(wanted: SecretEntry): unknown {
  return { secretKey: wanted.secretKey, remoteRef: { key: wanted.remoteKey, property: wanted.property } };
}

function compare(text: string, found: Data, wanted: SecretEntry): EditOutcome {
  const same = found.remoteRef?.key === wanted.remoteKey && found.remoteRef.property === wanted.property;
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
