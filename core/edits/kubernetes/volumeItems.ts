import { linesToMount, secretMountOf, type SecretMount } from '../../installation/secretDelivery.ts';
import type { EditOutcome } from '../yaml/edit.ts';
import { listEditor, type ListEditor } from '../yaml/listEditor.ts';
import { inObject } from '../yaml/listPlace.ts';
import { CannotEdit, documentOf, parse, plainData } from '../yaml/yamlDocument.ts';
import { listIn, type ListAt } from '../yaml/listEntry.ts';
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

/** How the Deployment of a file mounts the Secret. Throws {@link CannotEdit} where the file holds no such Deployment. */
export function mountIn(text: string, wanted: VolumeItem): SecretMount {
  const document = documentOf(parse(text), 'Deployment', wanted.name);
  const data = plainData(document) as { spec?: { template?: { spec?: unknown } } };
  return secretMountOf(data.spec?.template?.spec, wanted);
}

/**
 * The item of a volume that names its keys. Without its list the volume would hold every key, so that is neither made nor
 * taken out.
 */
export function itemEditor<Wanted extends { readonly key: string }>(
  listOf: (text: string, wanted: Wanted) => ListAt,
): ListEditor<Wanted> {
  return listEditor<Wanted, Item>({
    at: (text, wanted) => ({ ...listOf(text, wanted), makes: 0 }),
    key: 'key',
    entry: ({ key }) => ({ key, path: key }),
    says: ({ key, path }) => ({ key, path }),
    check: ({ document, path }, { key }, found) => {
      const taken =
        found === undefined && listIn(plainData(document), path).some((each) => (each as Item).path === key);
      if (taken) throw new CannotEdit(`another item of the volume has the path ${key}`);
    },
    byHand: { indent: 16 },
  });
}

const item = itemEditor<VolumeItem>((text, wanted) => {
  const mount = mountIn(text, wanted);
  const volume = mount.kind === 'items' ? mount.volume : -1;
  const path = ['spec', 'template', 'spec', 'volumes', volume, 'secret', 'items'];
  return inObject(text, 'Deployment', wanted.name, path);
});

/** Adds the key to the items of the volume. A Secret that is mounted whole needs none. */
export function addVolumeItem(text: string, wanted: VolumeItem): EditOutcome {
  return guarded(linesToMount(wanted), () => {
    const mount = mountIn(text, wanted);
    if (mount.kind === 'none') throw new CannotEdit(`Deployment ${wanted.name}: ${mount.why}`);
    return mount.kind === 'whole' ? { kind: 'alreadyThere', text } : item.add(text, wanted);
  });
}

/** Takes the item out again, if it is unchanged. */
export function removeVolumeItem(text: string, wanted: VolumeItem): EditOutcome {
  return guarded('', () =>
    mountIn(text, wanted).kind === 'items' ? item.remove(text, wanted) : { kind: 'alreadyThere', text },
  );
}
