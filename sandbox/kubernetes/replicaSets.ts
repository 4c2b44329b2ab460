import { createHash, randomBytes } from 'node:crypto';
import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { sorted } from './sorted.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const HASH = 'pod-template-hash';

export function ownedBy(object: KubernetesObject, owner: KubernetesObject): boolean {
  return (object.metadata.ownerReferences ?? []).some((reference) => reference.uid === owner.metadata.uid);
}

export async function setsOf(cluster: Cluster, deployment: KubernetesObject): Promise<readonly KubernetesObject[]> {
  const namespace = deployment.metadata.namespace ?? '';
  const all = await cluster.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace });
  return all.filter((set) => ownedBy(set, deployment));
}

interface Template {
  readonly metadata?: { readonly labels?: Record<string, string>; readonly [field: string]: unknown };
  readonly spec?: unknown;
}

/**
 * The set of this template: made where `make` says so, or raised to the newest revision where the template is an older
 * one again. The order of a template's keys does not count.
 */
export async function newestSetOf(
  cluster: Cluster,
  deployment: KubernetesObject,
  sets: readonly KubernetesObject[],
  make: boolean,
): Promise<KubernetesObject | undefined> {
  const template = deployment['spec'].template as Template;
  const hash = createHash('sha256')
    .update(JSON.stringify(sorted(template)))
    .digest('hex')
    .slice(0, 10);
  const found = sets.find((set) => set.metadata.labels?.[HASH] === hash);
  if (!make) return found;
  const top = Math.max(0, ...sets.map(revisionOf));
  const revision = found !== undefined && revisionOf(found) === top ? top : top + 1;
  const set = found ?? (await cluster.create(setOf(deployment, template, hash, revision)));
  for (const object of [set, deployment]) {
    if (revisionOf(object) !== revision) await annotate(cluster, object, revision);
  }
  return set;
}

function revisionOf(object: KubernetesObject): number {
  return Number(object.metadata.annotations?.[REVISION] ?? 0);
}

async function annotate(cluster: Cluster, object: KubernetesObject, revision: number): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const ref = { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
  await cluster.mergePatch(ref, { metadata: { annotations: { [REVISION]: String(revision) } } });
}

function setOf(deployment: KubernetesObject, template: Template, hash: string, revision: number): KubernetesObject {
  const labels = { ...template.metadata?.labels, [HASH]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace ?? '',
      labels,
      annotations: { [REVISION]: String(revision) },
      ownerReferences: [controllerOf(deployment)],
    },
    spec: {
      replicas: deployment['spec'].replicas ?? 1,
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** A pod of a set, with a name of its own. */
export function podOf(set: KubernetesObject): KubernetesObject {
  const template = set['spec'].template as Template;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...template.metadata,
      name: `${set.metadata.name}-${randomBytes(3).toString('hex').slice(0, 5)}`,
      namespace: set.metadata.namespace ?? '',
      ownerReferences: [controllerOf(set)],
    },
    spec: template.spec,
  };
}

function controllerOf({ apiVersion, kind, metadata }: KubernetesObject) {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true };
}
