import type { KubernetesObject, ObjectRef } from './cluster.ts';

/** URL part of each kind that the job touches, and whether it has a namespace. */
const RESOURCES: Readonly<Record<string, readonly [plural: string, namespaced: boolean]>> = {
  Secret: ['secrets', true],
  ConfigMap: ['configmaps', true],
  Event: ['events', true],
  Pod: ['pods', true],
  Namespace: ['namespaces', false],
  Deployment: ['deployments', true],
  ReplicaSet: ['replicasets', true],
  Lease: ['leases', true],
  ExternalSecret: ['externalsecrets', true],
  SecretStore: ['secretstores', true],
  ClusterExternalSecret: ['clusterexternalsecrets', false],
  ClusterSecretStore: ['clustersecretstores', false],
  GitRepository: ['gitrepositories', true],
  Kustomization: ['kustomizations', true],
  HelmRelease: ['helmreleases', true],
  Application: ['applications', true],
  AppProject: ['appprojects', true],
};

interface KindRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly subresource?: string;
}

/** Path of a kind's collection, or of one object of it. */
export function pathOf(ref: KindRef, name?: string): string {
  const [plural, namespaced] = RESOURCES[ref.kind] ?? [pluralOf(ref.kind), true];
  const root = ref.apiVersion.includes('/') ? `/apis/${ref.apiVersion}` : `/api/${ref.apiVersion}`;
  const scope = namespaced && ref.namespace !== undefined ? `/namespaces/${encodeURIComponent(ref.namespace)}` : '';
  const sub = ref.subresource === undefined ? '' : `/${ref.subresource}`;
  return `${root}${scope}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}${sub}`;
}

/** Kinds are named in English, and so are their plurals: Ingress, NetworkPolicy, Service. */
function pluralOf(kind: string): string {
  const word = kind.toLowerCase();
  if (/(s|x|ch|sh)$/.test(word)) return `${word}es`;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}

export function refOf(object: KubernetesObject): ObjectRef {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, namespace: metadata.namespace ?? 'default', name: metadata.name };
}

export function describe(ref: ObjectRef): string {
  return `${ref.kind} ${ref.namespace}/${ref.name}`;
}
