import { createHash } from 'node:crypto';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';

/**
 * What "as before" leaves out, in words for docs/reference/as-before.md. Everything else of repository, vault, both clusters and
 * Authentik is compared.
 */
export const NORMALISATIONS: readonly string[] = [
  'Kubernetes: metadata.resourceVersion, generation, uid, creationTimestamp and managedFields of every object',
  'Kubernetes: Events, and ReplicaSets (a roll-out leaves its old ones, scaled to zero)',
  'Kubernetes: names and start times of pods; their number, owner, environment and phase are compared',
  'Kubernetes: the annotations deployment.kubernetes.io/revision, force-sync and oidc-registrar/restarted',
  'Kubernetes: of a status, its conditions alone, without times and messages',
  'Argo CD: operationState, and the revision that was compared last',
  'Flux: the annotations reconcile.fluxcd.io/requestedAt and forceAt, and whether Helm installed or upgraded a release last',
  '1Password: the version of an item and the time of its last change',
  'Authentik: keys, times and tasks of rows',
  'Git: under land: first the history, which holds the change and the one commit that takes it back; the files are compared',
];

const VOLATILE_ANNOTATIONS = new Set([
  'deployment.kubernetes.io/revision',
  'force-sync',
  'oidc-registrar/restarted',
  'reconcile.fluxcd.io/requestedAt',
  'reconcile.fluxcd.io/forceAt',
]);
const NOT_COMPARED = new Set(['Event', 'ReplicaSet', 'Pod']);

/** Objects of one cluster, normalised, by kind, namespace and name; values of Secrets hashed. */
export function snapshotObjects(objects: readonly KubernetesObject[]): Readonly<Record<string, unknown>> {
  const rows = objects
    .filter((object) => !NOT_COMPARED.has(object.kind))
    .map((object): [string, unknown] => [nameOf(object), normalised(object)]);
  const pods = objects.filter((object) => object.kind === 'Pod').map(podRow);
  return { ...Object.fromEntries(rows.toSorted(([a], [b]) => (a < b ? -1 : 1))), Pods: pods.toSorted(byJson) };
}

function nameOf({ kind, metadata }: KubernetesObject): string {
  return [kind, metadata.namespace, metadata.name].filter((part) => part !== undefined).join(' ');
}

function normalised(object: KubernetesObject): unknown {
  const { status, data, spec, metadata, ...rest } = object;
  const { labels, annotations, ownerReferences } = metadata;
  return {
    ...rest,
    metadata: {
      labels: labels ?? {},
      annotations: withoutVolatile(annotations),
      owners: ownerReferences?.map((owner) => owner.name) ?? [],
    },
    ...(spec === undefined ? {} : { spec: normalisedSpec(spec) }),
    ...(data === undefined ? {} : { data: object.kind === 'Secret' ? hashed(data as Record<string, string>) : data }),
    ...(status === undefined ? {} : { status: statusOf(object.kind, status as Record<string, unknown>) }),
  };
}

function withoutVolatile(annotations: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const kept = Object.entries(annotations ?? {}).filter(([name]) => !VOLATILE_ANNOTATIONS.has(name));
  return Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** A restart leaves an annotation on the pod template, which Git does not name and no sync removes. */
function normalisedSpec(spec: unknown): unknown {
  const copy = structuredClone(spec) as {
    template?: { metadata?: { annotations?: Record<string, string>; [field: string]: unknown } };
  };
  const metadata = copy.template?.metadata;
  if (metadata?.annotations === undefined) return copy;
  const annotations = withoutVolatile(metadata.annotations);
  if (Object.keys(annotations).length > 0) metadata.annotations = annotations;
  else delete metadata.annotations;
  return copy;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

function statusOf(kind: string, status: Record<string, unknown>): unknown {
  const conditions = ((status['conditions'] ?? []) as readonly Condition[]).map(({ type, status: state, reason }) => ({
    type,
    state,
    reason: reason?.replace(/^(Install|Upgrade)Succeeded$/, 'Succeeded'),
  }));
  if (kind !== 'Application') return { conditions };
  const { sync, resources } = status as { sync?: { status?: string }; resources?: readonly unknown[] };
  return { conditions, sync: sync?.status, resources: (resources ?? []).toSorted(byJson) };
}

function hashed(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, createHash('sha256').update(value).digest('hex').slice(0, 16)]),
  );
}

function podRow(pod: KubernetesObject): unknown {
  const containers = pod['spec'].containers as readonly { name: string; env?: readonly { name: string }[] }[];
  return {
    namespace: pod.metadata.namespace,
    app: withoutHash(pod.metadata.labels),
    terminating: pod.metadata.deletionTimestamp !== undefined,
    phase: pod['status']?.phase ?? 'Pending',
    env: containers.flatMap((container) => (container.env ?? []).map((entry) => `${container.name}/${entry.name}`)),
  };
}

function withoutHash(labels: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(labels ?? {}).filter(([name]) => name !== 'pod-template-hash'));
}

function byJson(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
