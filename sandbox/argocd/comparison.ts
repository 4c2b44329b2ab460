import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { changesNothing, inSync } from './apply.ts';
import { ignoredOf, withValuesOf } from './ignoreDifferences.ts';
import { keyOf, liveRefOf, manifestsOf, rowOf, type ResourceRow, type Source } from './source.ts';

interface ComparedRow extends ResourceRow {
  readonly status: 'Synced' | 'OutOfSync';
  readonly requiresPruning?: true;
}

export interface Compared {
  readonly status: 'Synced' | 'OutOfSync' | 'Unknown';
  /** One of each source. */
  readonly revisions: readonly string[];
  readonly resources: readonly ComparedRow[];
  /** Why nothing could be compared. */
  readonly error?: string;
}

/** The live objects beside what Git says at a revision; what Argo CD once applied and Git no longer names needs pruning. */
export async function compare(
  source: Source,
  revisions: readonly string[],
  managed: readonly ResourceRow[],
): Promise<Compared> {
  const wanted = await manifestsOf(source, revisions);
  const rows: ComparedRow[] = [];
  for (const object of wanted) rows.push(await compared(source, object));
  const named = new Set(rows.map(keyOf));
  for (const row of managed.filter((each) => !named.has(keyOf(each)))) {
    if ((await source.destination.get(liveRefOf(row))) === undefined) continue;
    const { group, version, kind, namespace, name } = row;
    const plain = { ...(group === undefined ? {} : { group }), version, kind, namespace, name };
    rows.push({ ...plain, status: 'OutOfSync', requiresPruning: true });
  }
  const status = rows.every((row) => row.status === 'Synced') ? 'Synced' : 'OutOfSync';
  return { status, revisions, resources: rows };
}

async function compared(source: Source, wanted: KubernetesObject): Promise<ComparedRow> {
  const row = rowOf(wanted);
  const live = await source.destination.get(liveRefOf(row));
  return { ...row, status: live !== undefined && (await isSame(source, wanted, live)) ? 'Synced' : 'OutOfSync' };
}

async function isSame(source: Source, wanted: KubernetesObject, live: KubernetesObject): Promise<boolean> {
  const asked = withValuesOf(wanted, live, ignoredOf(source.ignored, wanted));
  return source.serverSide ? changesNothing(source.destination, asked, live) : inSync(asked, live);
}
