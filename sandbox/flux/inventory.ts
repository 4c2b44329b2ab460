import type { KubernetesObject, ObjectRef } from '../../integrations/kubernetes/cluster.ts';

/** What a Kustomization has applied, an object each, as `namespace_name_group_Kind`, and the version of its API. */
export interface Inventory {
  readonly entries: readonly { readonly id: string; readonly v: string }[];
}

export function inventoryOf(objects: readonly KubernetesObject[]): Inventory {
  return { entries: objects.map(entryOf) };
}

function entryOf({ apiVersion, kind, metadata }: KubernetesObject): Inventory['entries'][number] {
  const [group = '', v = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return { id: [metadata.namespace ?? '', metadata.name, group, kind].join('_'), v };
}

/** What was applied before and is no more, last first. */
export function stale(old: Inventory | undefined, now: Inventory): readonly ObjectRef[] {
  const kept = new Set(now.entries.map(({ id }) => id));
  return (old?.entries ?? [])
    .filter(({ id }) => !kept.has(id))
    .map(refOfEntry)
    .toReversed();
}

export function refOfEntry({ id, v }: Inventory['entries'][number]): ObjectRef {
  const [namespace = '', name = '', group = '', kind = ''] = id.split('_');
  return { apiVersion: group === '' ? v : `${group}/${v}`, kind, namespace, name };
}
