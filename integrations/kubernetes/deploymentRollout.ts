import { RegistrarError } from '../../core/base/errors.ts';
import { masked } from '../../core/masking/masked.ts';
import type { Cluster, KubernetesObject } from './cluster.ts';
import type { DeploymentRef, Deployments, RolloutState } from './deployments.ts';

const HASH = 'pod-template-hash';
const REVISION = 'deployment.kubernetes.io/revision';
/** Container states that no waiting mends within a roll-out. */
const BROKEN: ReadonlySet<string> = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'CrashLoopBackOff',
]);

/** Deployments of one cluster. */
export function createDeployments(cluster: Cluster): Deployments {
  return {
    rollout: async (ref) => withPods(cluster, ref, await read(cluster, ref)),
    async glance(ref) {
      const deployment = await read(cluster, ref);
      const counts = countsOf(deployment);
      const podsTell = asWanted(counts) || conditionFailure(deployment) !== undefined;
      return podsTell ? withPods(cluster, ref, deployment) : { underWay: summaryOf(counts, 0) };
    },
    async restart(ref, token) {
      const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: ref.namespace, name: ref.name };
      const annotations = { 'oidc-registrar/restarted': token };
      await cluster.mergePatch(target, { spec: { template: { metadata: { annotations } } } });
    },
  };
}

async function read(cluster: Cluster, ref: DeploymentRef): Promise<KubernetesObject> {
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: ref.namespace, name: ref.name };
  const deployment = await cluster.get(target);
  if (deployment !== undefined && containerOf(deployment, ref.container) !== undefined) return deployment;
  const what =
    deployment === undefined
      ? `Deployment ${ref.namespace}/${ref.name}`
      : `container ${ref.container ?? ''} in Deployment ${ref.name}`;
  throw new RegistrarError({
    system: 'Kubernetes',
    kind: 'NotFound',
    message: `cluster ${cluster.name} has no ${what}`,
    remedy: 'Correct authentik.deployment in registrar.yaml, or deploy it first.',
  });
}

async function withPods(cluster: Cluster, ref: DeploymentRef, deployment: KubernetesObject): Promise<RolloutState> {
  const { namespace } = ref;
  const [sets, pods] = await Promise.all([
    cluster.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace }),
    cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: selectorOf(deployment) }),
  ]);
  return stateOf(deployment, sets, pods, ref);
}

interface Container {
  readonly name: string;
  readonly env?: RolloutState['env'];
}

function containerOf(deployment: KubernetesObject, name: string | undefined): Container | undefined {
  const containers = (deployment['spec'].template.spec.containers ?? []) as Container[];
  return name === undefined ? containers[0] : containers.find((container) => container.name === name);
}

function selectorOf(deployment: KubernetesObject): string {
  const labels = (deployment['spec'].selector.matchLabels ?? {}) as Record<string, string>;
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

function owned(object: KubernetesObject, owner: KubernetesObject): boolean {
  return (object.metadata.ownerReferences ?? []).some((reference) => reference.uid === owner.metadata.uid);
}

/** The newest ReplicaSet is the one of the Deployment's own revision. */
function newestSet(deployment: KubernetesObject, sets: readonly KubernetesObject[]): KubernetesObject | undefined {
  const revision = deployment.metadata.annotations?.[REVISION];
  return sets.find((set) => owned(set, deployment) && set.metadata.annotations?.[REVISION] === revision);
}

interface Counts {
  readonly wanted: number;
  readonly updated: number;
  readonly available: number;
  readonly total: number;
  readonly seen: boolean;
}

function countsOf(deployment: KubernetesObject): Counts {
  const status = (deployment['status'] ?? {}) as Record<string, number | undefined>;
  return {
    wanted: (deployment['spec'].replicas as number | undefined) ?? 1,
    updated: status['updatedReplicas'] ?? 0,
    available: status['availableReplicas'] ?? 0,
    total: status['replicas'] ?? 0,
    seen: (status['observedGeneration'] ?? 0) >= (deployment.metadata.generation ?? 0),
  };
}

/** The controller is at its end, as far as it counts. */
function asWanted({ seen, wanted, updated, available, total }: Counts): boolean {
  return seen && updated === wanted && available === wanted && total === wanted;
}

function stateOf(
  deployment: KubernetesObject,
  sets: readonly KubernetesObject[],
  pods: readonly KubernetesObject[],
  ref: DeploymentRef,
): RolloutState {
  const counts = countsOf(deployment);
  const newest = newestSet(deployment, sets);
  const hash = newest?.metadata.labels?.[HASH];
  const known = new Set(sets.filter((set) => owned(set, deployment)).map((set) => set.metadata.uid));
  const own = pods.filter((pod) => (pod.metadata.ownerReferences ?? []).some((reference) => known.has(reference.uid)));
  const current = own.filter(
    (pod) => hash !== undefined && pod.metadata.labels?.[HASH] === hash && pod.metadata.deletionTimestamp === undefined,
  );
  const old = own.filter((pod) => !current.includes(pod));
  const complete = asWanted(counts) && newest !== undefined && old.length === 0;
  return {
    complete,
    summary: summaryOf(counts, old.length),
    failure: counts.seen ? (conditionFailure(deployment) ?? podFailure(current)) : undefined,
    paused: deployment['spec'].paused === true,
    replicas: counts.wanted,
    currentPods: current.map((pod) => pod.metadata.name),
    oldPods: old.map((pod) => pod.metadata.name),
    startedAt: Object.fromEntries(current.flatMap((pod) => startOf(pod, containerOf(deployment, ref.container)?.name))),
    env: containerOf(deployment, ref.container)?.env ?? [],
    canReachZero: canReachZero(deployment, counts.wanted),
  };
}

function summaryOf(counts: Counts, old: number): string {
  if (!counts.seen) return 'the Deployment controller has not seen the change yet';
  const pods = `${counts.updated} of ${counts.wanted} pods updated, ${counts.available} available`;
  return old > 0 ? `${pods}, ${old} old still there` : pods;
}

function conditionFailure(deployment: KubernetesObject): string | undefined {
  const conditions = (deployment['status']?.conditions ?? []) as {
    type: string;
    status: string;
    reason?: string;
    message?: string;
  }[];
  const progressing = conditions.find((condition) => condition.type === 'Progressing');
  if (progressing?.status !== 'False' || progressing.reason !== 'ProgressDeadlineExceeded') return undefined;
  return `ProgressDeadlineExceeded: ${masked(progressing.message ?? '')}`;
}

interface ContainerStatus {
  readonly name: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
  };
}

/** A container that has not started, or has ended, holds no environment. */
function startOf(pod: KubernetesObject, container: string | undefined): readonly (readonly [string, string])[] {
  const { containerStatuses = [] } = (pod['status'] ?? {}) as PodStatus;
  const startedAt = containerStatuses.find(({ name }) => name === container)?.state?.running?.startedAt;
  return startedAt === undefined ? [] : [[pod.metadata.name, startedAt]];
}

interface PodStatus {
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

function podFailure(pods: readonly KubernetesObject[]): string | undefined {
  for (const pod of pods) {
    const { initContainerStatuses = [], containerStatuses = [] } = (pod['status'] ?? {}) as PodStatus;
    for (const status of [...initContainerStatuses, ...containerStatuses]) {
      const waiting = status.state?.waiting;
      if (waiting?.reason !== undefined && BROKEN.has(waiting.reason)) {
        return `${waiting.reason} in pod ${pod.metadata.name}: ${masked(waiting.message ?? '')}`.trim();
      }
    }
  }
  return undefined;
}

/** Recreate, or a maxUnavailable that covers all replicas (the default of 25 % rounds down). */
function canReachZero(deployment: KubernetesObject, replicas: number): boolean {
  const strategy = deployment['spec'].strategy as
    | { type?: string; rollingUpdate?: { maxUnavailable?: number | string; maxSurge?: number | string } }
    | undefined;
  if (strategy?.type === 'Recreate') return true;
  const { maxUnavailable = '25%', maxSurge = '25%' } = strategy?.rollingUpdate ?? {};
  const unavailable = share(maxUnavailable, replicas, Math.floor);
  // With surge and unavailability both at zero a roll-out would never end: Kubernetes lets one pod go then.
  const stuck = unavailable === 0 && share(maxSurge, replicas, Math.ceil) === 0;
  return (stuck ? 1 : unavailable) >= replicas;
}

function share(limit: number | string, replicas: number, round: (value: number) => number): number {
  return typeof limit === 'number' ? limit : round((Number.parseInt(limit, 10) / 100) * replicas);
}
