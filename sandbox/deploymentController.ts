import { createHash } from 'node:crypto';
import type { Cluster, KubernetesObject } from '../integrations/kubernetes/cluster.ts';
import { startLoop, type Loop } from './loop.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const HASH = 'pod-template-hash';

/** Stand-in for the Deployment and ReplicaSet controllers: ReplicaSets by template, pods, rolling update, status. */
export function startDeploymentController(cluster: Cluster, namespaces: readonly string[], everyMs: number): Loop {
  const progress = new Map<string, { key: string; since: number }>();
  return startLoop(async () => {
    for (const namespace of namespaces) {
      for (const deployment of await cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment', namespace })) {
        await reconcile(cluster, deployment, progress).catch((error: unknown) => {
          // Somebody wrote meanwhile: the next look sees it.
          if (!/409|404/.test((error as Error).message)) throw error;
        });
      }
    }
  }, everyMs);
}

interface Owned {
  readonly sets: readonly KubernetesObject[];
  readonly newest: KubernetesObject;
  readonly newPods: readonly KubernetesObject[];
  readonly oldPods: readonly KubernetesObject[];
}

async function reconcile(
  cluster: Cluster,
  deployment: KubernetesObject,
  progress: Map<string, { key: string; since: number }>,
): Promise<void> {
  const owned = await own(cluster, deployment);
  if (deployment['spec'].paused !== true) await roll(cluster, deployment, owned);
  await writeStatus(cluster, deployment, await own(cluster, deployment), progress);
}

async function own(cluster: Cluster, deployment: KubernetesObject): Promise<Owned> {
  const namespace = deployment.metadata.namespace ?? '';
  const all = await cluster.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace });
  const sets = all.filter((set) => ownedBy(set, deployment));
  const newest = await newestSet(cluster, deployment, sets);
  const uids = new Set([...sets, newest].map((set) => set.metadata.uid));
  const pods = (await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace })).filter((pod) =>
    (pod.metadata.ownerReferences ?? []).some((reference) => uids.has(reference.uid)),
  );
  const isNew = (pod: KubernetesObject): boolean => ownedBy(pod, newest);
  return { sets, newest, newPods: pods.filter((pod) => isNew(pod)), oldPods: pods.filter((pod) => !isNew(pod)) };
}

function ownedBy(object: KubernetesObject, owner: KubernetesObject): boolean {
  return (object.metadata.ownerReferences ?? []).some((reference) => reference.uid === owner.metadata.uid);
}

/** The set of this template: made, or raised to the newest revision where the template is an older one again. */
async function newestSet(
  cluster: Cluster,
  deployment: KubernetesObject,
  sets: readonly KubernetesObject[],
): Promise<KubernetesObject> {
  const template = deployment['spec'].template as { metadata?: { labels?: Record<string, string> } };
  const hash = createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10);
  const revisions = sets.map((set) => Number(set.metadata.annotations?.[REVISION] ?? 0));
  const top = Math.max(0, ...revisions);
  const found = sets.find((set) => set.metadata.labels?.[HASH] === hash);
  const revision =
    found === undefined ? top + 1 : Number(found.metadata.annotations?.[REVISION]) === top ? top : top + 1;
  const set = found ?? (await cluster.create(setOf(deployment, template, hash, revision)));
  if (set.metadata.annotations?.[REVISION] !== String(revision)) {
    await cluster.mergePatch(refOf(set), { metadata: { annotations: { [REVISION]: String(revision) } } });
  }
  if (deployment.metadata.annotations?.[REVISION] !== String(revision)) {
    await cluster.mergePatch(refOf(deployment), { metadata: { annotations: { [REVISION]: String(revision) } } });
  }
  return set;
}

function setOf(
  deployment: KubernetesObject,
  template: { metadata?: { labels?: Record<string, string> } },
  hash: string,
  revision: number,
): KubernetesObject {
  const labels = { ...template.metadata?.labels, [HASH]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace ?? '',
      labels,
      annotations: { [REVISION]: String(revision) },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          name: deployment.metadata.name,
          uid: deployment.metadata.uid ?? '',
          controller: true,
        },
      ],
    },
    spec: {
      replicas: deployment['spec'].replicas ?? 1,
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** One surge pod at a time; an old pod goes when a new one is ready (maxSurge 25 % up, maxUnavailable 25 % down). */
async function roll(cluster: Cluster, deployment: KubernetesObject, owned: Owned): Promise<void> {
  const wanted = (deployment['spec'].replicas as number | undefined) ?? 1;
  const alive = (pods: readonly KubernetesObject[]): readonly KubernetesObject[] =>
    pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const newAlive = alive(owned.newPods);
  const oldAlive = alive(owned.oldPods);
  const surge = wanted + Math.ceil(wanted * 0.25);
  const room = Math.min(wanted - newAlive.length, surge - newAlive.length - oldAlive.length);
  for (let i = 0; i < room; i += 1) await cluster.create(podOf(owned.newest, newAlive.length + i));
  for (const pod of newAlive.slice(wanted)) await cluster.delete(refOf(pod));
  const ready = newAlive.filter(isReady).length;
  const surplus = ready + oldAlive.length - wanted;
  for (const pod of oldAlive.toSorted((a, b) => Number(isReady(a)) - Number(isReady(b))).slice(0, Math.max(0, surplus)))
    await cluster.delete(refOf(pod));
}

let made = 0;

function podOf(set: KubernetesObject, index: number): KubernetesObject {
  made += 1;
  const suffix = createHash('sha256').update(`${set.metadata.uid}${index}${made}`).digest('hex').slice(0, 5);
  const template = set['spec'].template as { metadata?: Record<string, unknown>; spec: unknown };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...template.metadata,
      name: `${set.metadata.name}-${suffix}`,
      namespace: set.metadata.namespace ?? '',
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: set.metadata.name,
          uid: set.metadata.uid ?? '',
          controller: true,
        },
      ],
    },
    spec: template.spec,
  };
}

export function isReady(pod: KubernetesObject): boolean {
  const conditions = (pod['status']?.conditions ?? []) as { type: string; status: string }[];
  return conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

async function writeStatus(
  cluster: Cluster,
  deployment: KubernetesObject,
  owned: Owned,
  progress: Map<string, { key: string; since: number }>,
): Promise<void> {
  const pods = [...owned.newPods, ...owned.oldPods].filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const counts = {
    observedGeneration: deployment.metadata.generation,
    replicas: pods.length,
    updatedReplicas: owned.newPods.filter((pod) => pod.metadata.deletionTimestamp === undefined).length,
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
  owned: Owned,
  progress: Map<string, { key: string; since: number }>,
) {
  const uid = deployment.metadata.uid ?? '';
  const key = JSON.stringify([owned.newest.metadata.uid, counts, deployment.metadata.generation]);
  const last = progress.get(uid);
  const entry = last?.key === key ? last : { key, since: Date.now() };
  progress.set(uid, entry);
  const wanted = (deployment['spec'].replicas as number | undefined) ?? 1;
  const done = counts.updatedReplicas === wanted && counts.availableReplicas === wanted && counts.replicas === wanted;
  const deadlineMs = ((deployment['spec'].progressDeadlineSeconds as number | undefined) ?? 600) * 1000;
  if (done)
    return {
      type: 'Progressing',
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: `ReplicaSet "${owned.newest.metadata.name}" has successfully progressed.`,
    };
  if (Date.now() - entry.since > deadlineMs) {
    return {
      type: 'Progressing',
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: `ReplicaSet "${owned.newest.metadata.name}" has timed out progressing.`,
    };
  }
  return {
    type: 'Progressing',
    status: 'True',
    reason: 'ReplicaSetUpdated',
    message: `ReplicaSet "${owned.newest.metadata.name}" is progressing.`,
  };
}

export function refOf(object: KubernetesObject) {
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
  };
}
