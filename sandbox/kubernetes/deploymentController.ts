import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { newestSetOf, ownedBy, podOf, setsOf } from './replicaSets.ts';
import { complainOf, startLoop, unlessOvertaken, type Loop, type Version } from '../kit/loop.ts';

/** Stand-in for the Deployment and ReplicaSet controllers: ReplicaSets by template, pods, rolling update, status. */
export function startDeploymentController(
  cluster: Cluster,
  namespaces: readonly string[],
  everyMs: number,
  onError: (error: unknown) => void = complainOf('Deployment controller'),
  version?: Version,
): Loop {
  const progress = new Map<string, Progress>();
  return startLoop(
    async () => {
      for (const namespace of namespaces) {
        for (const deployment of await cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment', namespace })) {
          await unlessOvertaken(() => reconcile(cluster, deployment, progress));
        }
      }
    },
    everyMs,
    onError,
    version,
  );
}

/** Since when nothing has moved. */
interface Progress {
  readonly key: string;
  readonly since: number;
}

interface Owned {
  /** Undefined while a paused Deployment's template has no set yet. */
  readonly newest: KubernetesObject | undefined;
  readonly newPods: readonly KubernetesObject[];
  readonly oldPods: readonly KubernetesObject[];
}

async function reconcile(
  cluster: Cluster,
  deployment: KubernetesObject,
  progress: Map<string, Progress>,
): Promise<void> {
  const paused = deployment['spec'].paused === true;
  const owned = await own(cluster, deployment, paused);
  if (!paused && owned.newest !== undefined) await roll(cluster, deployment, owned.newest, owned);
  await writeStatus(cluster, deployment, await own(cluster, deployment, paused), progress);
}

async function own(cluster: Cluster, deployment: KubernetesObject, paused: boolean): Promise<Owned> {
  const sets = await setsOf(cluster, deployment);
  const newest = await newestSetOf(cluster, deployment, sets, !paused);
  const uids = new Set([...sets, ...(newest === undefined ? [] : [newest])].map((set) => set.metadata.uid));
  const all = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: deployment.metadata.namespace ?? '' });
  const pods = all.filter((pod) => (pod.metadata.ownerReferences ?? []).some((reference) => uids.has(reference.uid)));
  const isNew = (pod: KubernetesObject): boolean => newest !== undefined && ownedBy(pod, newest);
  return { newest, newPods: pods.filter(isNew), oldPods: pods.filter((pod) => !isNew(pod)) };
}

function wantedOf(deployment: KubernetesObject): number {
  return (deployment['spec'].replicas as number | undefined) ?? 1;
}

function alive(pods: readonly KubernetesObject[]): readonly KubernetesObject[] {
  return pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
}

/** New pods as far as the surge allows; an old pod goes when enough others are ready. */
async function roll(
  cluster: Cluster,
  deployment: KubernetesObject,
  newest: KubernetesObject,
  owned: Owned,
): Promise<void> {
  const wanted = wantedOf(deployment);
  const { surge, unavailable, recreate } = strategyOf(deployment, wanted);
  const newAlive = alive(owned.newPods);
  const oldAlive = alive(owned.oldPods);
  if (recreate && oldAlive.length > 0) {
    for (const pod of oldAlive) await cluster.delete(refOf(pod));
    return;
  }
  // Recreate waits until the last old pod is gone, Terminating included.
  if (recreate && owned.oldPods.length > 0) return;
  const room = Math.min(wanted - newAlive.length, wanted + surge - newAlive.length - oldAlive.length);
  for (let i = 0; i < room; i += 1) await cluster.create(podOf(newest));
  for (const pod of newAlive.slice(wanted)) await cluster.delete(refOf(pod));
  const unready = oldAlive.filter((pod) => !isReady(pod));
  const ready = [...newAlive, ...oldAlive].filter(isReady).length;
  const surplus = Math.max(0, ready - (wanted - unavailable));
  const leaving = [...unready, ...oldAlive.filter(isReady).slice(0, surplus)];
  for (const pod of leaving) await cluster.delete(refOf(pod));
}

interface Strategy {
  readonly surge: number;
  readonly unavailable: number;
  readonly recreate: boolean;
}

/** The defaults are 25 %: the surge rounds up, what may be unavailable rounds down, and never both to nothing. */
function strategyOf(deployment: KubernetesObject, wanted: number): Strategy {
  const strategy = (deployment['spec'].strategy ?? {}) as {
    type?: string;
    rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string };
  };
  const { maxSurge = '25%', maxUnavailable = '25%' } = strategy.rollingUpdate ?? {};
  const part = (limit: number | string, round: (value: number) => number): number =>
    typeof limit === 'number' ? limit : round((Number.parseInt(limit, 10) / 100) * wanted);
  const surge = part(maxSurge, Math.ceil);
  const unavailable = part(maxUnavailable, Math.floor);
  return {
    surge,
    unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable,
    recreate: strategy.type === 'Recreate',
  };
}

function isReady(pod: KubernetesObject): boolean {
  const conditions = (pod['status']?.conditions ?? []) as { type: string; status: string }[];
  return conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

async function writeStatus(
  cluster: Cluster,
  deployment: KubernetesObject,
  owned: Owned,
  progress: Map<string, Progress>,
): Promise<void> {
  const pods = alive([...owned.newPods, ...owned.oldPods]);
  const counts = {
    observedGeneration: deployment.metadata.generation,
    replicas: pods.length,
    updatedReplicas: alive(owned.newPods).length,
    readyReplicas: pods.filter(isReady).length,
    availableReplicas: pods.filter(isReady).length,
  };
  const status = { ...counts, conditions: [progressing(deployment, counts, owned, progress)] };
  if (JSON.stringify(deployment['status']) === JSON.stringify(status)) return;
  await cluster.mergePatch({ ...refOf(deployment), subresource: 'status' }, { status });
}

function progressing(
  deployment: KubernetesObject,
  counts: { replicas: number; updatedReplicas: number; availableReplicas: number },
  { newest }: Owned,
  progress: Map<string, Progress>,
) {
  const uid = deployment.metadata.uid ?? '';
  const key = JSON.stringify([newest?.metadata.uid, counts]);
  const last = progress.get(uid);
  const entry = last?.key === key ? last : { key, since: Date.now() };
  progress.set(uid, entry);
  const wanted = wantedOf(deployment);
  const done = counts.updatedReplicas === wanted && counts.availableReplicas === wanted && counts.replicas === wanted;
  const deadlineMs = ((deployment['spec'].progressDeadlineSeconds as number | undefined) ?? 600) * 1000;
  const condition = (status: 'True' | 'False', reason: string, what: string) => ({
    type: 'Progressing',
    status,
    reason,
    message: `ReplicaSet "${newest?.metadata.name}" ${what}.`,
  });
  if (deployment['spec'].paused === true)
    return { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' };
  if (done) return condition('True', 'NewReplicaSetAvailable', 'has successfully progressed');
  if (Date.now() - entry.since > deadlineMs)
    return condition('False', 'ProgressDeadlineExceeded', 'has timed out progressing');
  return condition('True', 'ReplicaSetUpdated', 'is progressing');
}

export function refOf(object: KubernetesObject) {
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
  };
}
