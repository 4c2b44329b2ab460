/** One kind that the stand-in serves. */
export interface ResourceKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Has a status subresource: a plain write leaves `status` alone. Argo CD's Application has none. */
  readonly status: boolean;
}

const core = { group: '', version: 'v1', namespaced: true, status: false } as const;
const eso = { group: 'external-secrets.io', version: 'v1', namespaced: true, status: true } as const;
const argo = { group: 'argoproj.io', version: 'v1alpha1', namespaced: true, status: false } as const;
const apps = { group: 'apps', version: 'v1', namespaced: true, status: true } as const;

const source = { group: 'source.toolkit.fluxcd.io', version: 'v1', namespaced: true, status: true } as const;
const kustomize = { group: 'kustomize.toolkit.fluxcd.io', version: 'v1', namespaced: true, status: true } as const;
const helm = { group: 'helm.toolkit.fluxcd.io', version: 'v2', namespaced: true, status: true } as const;

export const RESOURCE_KINDS: readonly ResourceKind[] = [
  { ...core, kind: 'Namespace', plural: 'namespaces', namespaced: false },
  { ...core, kind: 'Secret', plural: 'secrets' },
  { ...core, kind: 'ConfigMap', plural: 'configmaps' },
  { ...core, kind: 'Service', plural: 'services' },
  { ...core, kind: 'Event', plural: 'events' },
  { ...core, kind: 'Pod', plural: 'pods', status: true },
  { ...apps, kind: 'Deployment', plural: 'deployments' },
  { ...apps, kind: 'ReplicaSet', plural: 'replicasets' },
  { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', namespaced: true, status: false },
  { ...eso, kind: 'ExternalSecret', plural: 'externalsecrets' },
  { ...eso, kind: 'ClusterExternalSecret', plural: 'clusterexternalsecrets', namespaced: false },
  { ...eso, kind: 'SecretStore', plural: 'secretstores' },
  { ...eso, kind: 'ClusterSecretStore', plural: 'clustersecretstores', namespaced: false },
  { ...source, kind: 'GitRepository', plural: 'gitrepositories' },
  { ...source, kind: 'OCIRepository', plural: 'ocirepositories' },
  { ...source, kind: 'HelmRepository', plural: 'helmrepositories' },
  { ...kustomize, kind: 'Kustomization', plural: 'kustomizations' },
  { ...helm, kind: 'HelmRelease', plural: 'helmreleases' },
  { ...argo, kind: 'Application', plural: 'applications' },
  { ...argo, kind: 'ApplicationSet', plural: 'applicationsets' },
  { ...argo, kind: 'AppProject', plural: 'appprojects' },
];

export function apiVersionOf(kind: ResourceKind): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

export function qualified(kind: ResourceKind): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}
