import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { Faults } from '../faults/faults.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import { applyObject, applyServerSide } from './apply.ts';
import { ignoredOf, withValuesOf } from './ignoreDifferences.ts';
import { keyOf, liveRefOf, rowOf, type ResourceRow, type Source } from './source.ts';

/** An operation as somebody writes it on an Application. */
export interface Operation {
  readonly info?: readonly { name: string; value: string }[];
  readonly initiatedBy?: { readonly username?: string; readonly automated?: boolean };
  readonly sync?: {
    readonly revision?: string;
    /** Of each of several sources; an empty one is what the Application says. */
    readonly revisions?: readonly string[];
    readonly prune?: boolean;
    /** Those of the Application count for nothing: whoever writes the operation copies them. */
    readonly syncOptions?: readonly string[];
    readonly resources?: readonly { group?: string; kind: string; namespace?: string; name: string }[];
  };
}

export interface ResultRow extends ResourceRow {
  readonly status: 'Synced' | 'SyncFailed' | 'Pruned' | 'PruneSkipped';
  readonly message: string;
  readonly hookPhase: string;
}

/**
 * Applies what an operation chooses of the manifests, and prunes, where it says so, what Git no longer names. Kinds that Argo
 * CD does not know are applied after those it does. One that is refused does not keep the others back.
 */
export async function carryOut(
  { sync = {} }: Operation,
  source: Source,
  objects: readonly KubernetesObject[],
  managed: readonly ResourceRow[],
  faults: Faults,
): Promise<readonly ResultRow[]> {
  const isChosen = (row: ResourceRow): boolean =>
    sync.resources === undefined ||
    sync.resources.some(
      (resource) =>
        resource.kind === row.kind &&
        resource.name === row.name &&
        (resource.group ?? '') === (row.group ?? '') &&
        (resource.namespace ?? row.namespace) === row.namespace,
    );
  const results: ResultRow[] = [];
  for (const object of objects.toSorted((a, b) => order(a) - order(b))) {
    if (isChosen(rowOf(object))) results.push(await applied(source, object, sync.syncOptions ?? [], faults));
  }
  const wanted = new Set(objects.map((object) => keyOf(rowOf(object))));
  for (const row of managed.filter((each) => !wanted.has(keyOf(each)) && isChosen(each))) {
    const pruned = await prunedOrNot(source.destination, row, sync.prune === true);
    if (pruned !== undefined) results.push(pruned);
  }
  return results;
}

/** Of the kinds that Argo CD sorts (gitops-engine, `pkg/sync/sync_tasks.go`) those that are applied here; all others come after them. */
const IN_ORDER = ['Namespace', 'Secret', 'ConfigMap', 'Service', 'Pod', 'ReplicaSet', 'Deployment'];

function order({ kind }: KubernetesObject): number {
  const place = IN_ORDER.indexOf(kind);
  return place < 0 ? IN_ORDER.length : place;
}

async function applied(
  { destination, ignored }: Source,
  object: KubernetesObject,
  options: readonly string[],
  faults: Faults,
): Promise<ResultRow> {
  const { kind, metadata } = object;
  const means = (argument: string | undefined): boolean =>
    argument === undefined || argument === kind || argument === `${kind}/${metadata.name}`;
  const row = rowOf(object);
  try {
    if (faults.behaviour('argocd', 'syncFails', true, means) !== undefined)
      throw new Error('admission webhook denied the request');
    const live = options.includes('RespectIgnoreDifferences=true') ? await destination.get(refOf(object)) : undefined;
    const wanted = live === undefined ? object : withValuesOf(object, live, ignoredOf(ignored, object));
    await (options.includes('ServerSideApply=true') ? applyServerSide : applyObject)(destination, wanted);
    return { ...row, status: 'Synced', message: `${kind}/${metadata.name} configured`, hookPhase: 'Running' };
  } catch (error) {
    return { ...row, status: 'SyncFailed', message: (error as Error).message, hookPhase: 'Failed' };
  }
}

async function prunedOrNot(cluster: Cluster, row: ResourceRow, prune: boolean): Promise<ResultRow | undefined> {
  const ref = liveRefOf(row);
  if ((await cluster.get(ref)) === undefined) return undefined;
  if (!prune) return { ...row, status: 'PruneSkipped', message: 'ignored (requires pruning)', hookPhase: 'Succeeded' };
  await cluster.delete(ref);
  return { ...row, status: 'Pruned', message: 'pruned', hookPhase: 'Succeeded' };
}
