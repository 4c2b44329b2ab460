import { isMap, type YAMLMap } from 'yaml';
import { linesToMount, secretMountOf, type SecretMount } from '../../installation/secretDelivery.ts';
import type { EditOutcome } from '../yaml/edit.ts';
import { appendEntry, entriesOf, indexOfEntry, linesLike, removeEntry, type ListEdit } from '../yaml/listEntry.ts';
import { scalar } from '../yaml/scalars.ts';
import { column, dashOf } from '../yaml/positions.ts';
import { blockSeq, CannotEdit, documentOf, parse, plainData } from '../yaml/yamlDocument.ts';
import { guarded } from '../yaml/yamlSplice.ts';

export interface VolumeItem {
  /** metadata.name of the Deployment. */
  readonly name: string;
  readonly container: string;
  readonly secretName: string;
  /** Where the container mounts the Secret. */
  readonly folder: string;
  /** Key of the Secret, and name of its file in the folder. */
  readonly key: string;
}

interface Item {
  readonly key?: unknown;
  readonly path?: unknown;
}

/** What the Deployment of a file mounts of the Secret. Throws {@link CannotEdit} where the file holds no such Deployment. */
export function mountIn(text: string, wanted: VolumeItem): SecretMount {
  const document = documentOf(parse(text), 'Deployment', wanted.name);
  const data = plainData(document) as { spec?: { template?: { spec?: unknown } } };
  return secretMountOf(data.spec?.template?.spec, wanted);
}

/** Adds the key to the items of the volume, as the last one and after its neighbour's style. A Secret that is mounted whole needs none. */
export function addVolumeItem(text: string, wanted: VolumeItem): EditOutcome {
  return guarded(linesToMount(wanted), () => {
    const mount = mountIn(text, wanted);
    if (mount.kind === 'none') throw new CannotEdit(`Deployment ${wanted.name}: ${mount.why}`);
    if (mount.kind === 'whole') return { kind: 'alreadyThere', text };
    return guarded(standardLines(wanted, 16).join('\n'), () => addItem(text, wanted, mount.volume));
  });
}

function addItem(text: string, wanted: VolumeItem, volume: number): EditOutcome {
  const edit = open(text, wanted, volume);
  const found = entriesOf(edit)[indexOfEntry(edit, 'key', wanted.key)];
  if (found !== undefined) return compare(text, found as Item, wanted);
  if (entriesOf(edit).some((item) => (item as Item).path === wanted.key))
    throw new CannotEdit(`another item of the volume has the path ${wanted.key}`);
  const neighbour = edit.list.items.findLast((item): item is YAMLMap => isMap(item) && plain(item.toJSON() as Item));
  const values = new Map([
    [['key'], wanted.key],
    [['path'], wanted.key],
  ]);
  const copied = neighbour === undefined ? undefined : linesLike(text, neighbour, values);
  const lines = copied ?? standardLines(wanted, column(text, dashOf(text, edit.list.items.at(-1))));
  const pathFirst = copied !== undefined && Object.keys(neighbour?.toJSON() as Item)[0] === 'path';
  return appendEntry(
    edit,
    lines,
    pathFirst ? { path: wanted.key, key: wanted.key } : { key: wanted.key, path: wanted.key },
  );
}

/** Takes the item out again, if it is unchanged. */
export function removeVolumeItem(text: string, wanted: VolumeItem): EditOutcome {
  return guarded('', () => {
    const mount = mountIn(text, wanted);
    if (mount.kind !== 'items') return { kind: 'alreadyThere', text };
    const edit = open(text, wanted, mount.volume);
    const index = indexOfEntry(edit, 'key', wanted.key);
    const found = entriesOf(edit)[index];
    if (found === undefined) return { kind: 'alreadyThere', text };
    const same = compare(text, found as Item, wanted);
    return same.kind === 'alreadyThere' ? removeEntry(edit, index) : same;
  });
}

function open(text: string, wanted: VolumeItem, volume: number): ListEdit {
  const documents = parse(text);
  const document = documentOf(documents, 'Deployment', wanted.name);
  const path = ['spec', 'template', 'spec', 'volumes', volume, 'secret', 'items'];
  return { text, documents, document, list: blockSeq(document, path), path };
}

/** An item with a mode of its own says more than ours. */
function plain(item: Item): boolean {
  return Object.keys(item).length === 2 && 'key' in item && 'path' in item;
}

function compare(text: string, found: Item, wanted: VolumeItem): EditOutcome {
  if (found.path === wanted.key) return { kind: 'alreadyThere', text };
  const ours = { key: wanted.key, path: wanted.key };
  return { kind: 'different', found: JSON.stringify(found), wanted: JSON.stringify(ours) };
}

function standardLines({ key }: VolumeItem, indent: number): readonly string[] {
  const pad = ' '.repeat(indent);
  return [`${pad}- key: ${scalar(key)}`, `${pad}  path: ${scalar(key)}`];
}
