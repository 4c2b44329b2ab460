import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { Ignored } from './ignoreDifferences.ts';
import { ManifestError } from './manifestError.ts';
import { render } from './manifests.ts';

/** Where an Application comes from and goes to. */
export interface Source {
  /** Name of the Application. */
  readonly application: string;
  readonly repository: string;
  readonly target: string;
  readonly path: string;
  readonly destination: Cluster;
  readonly namespace: string;
  readonly ignored: readonly Ignored[];
  /** Compares by the managers of fields, as where `spec.syncPolicy.syncOptions` have server-side apply. */
  readonly serverSide: boolean;
}

export interface Places {
  readonly destination: (destination: { readonly server?: string; readonly name?: string }) => Cluster | undefined;
  /** Where a repoURL really is, on this machine. */
  readonly repository: (repoURL: string) => string;
}

export function sourceOf(places: Places, application: KubernetesObject): Source {
  const { source, destination, ignoreDifferences, syncPolicy } = application['spec'] as {
    ignoreDifferences?: readonly Ignored[];
    syncPolicy?: { syncOptions?: readonly string[] };
    source: { repoURL: string; targetRevision?: string; path: string };
    destination: { server?: string; name?: string; namespace?: string };
  };
  const cluster = places.destination(destination);
  if (cluster === undefined)
    throw new ManifestError(
      `there are no clusters with this name or address: ${destination.name ?? destination.server}`,
    );
  return {
    application: application.metadata.name,
    repository: places.repository(source.repoURL),
    target: source.targetRevision ?? 'HEAD',
    path: source.path,
    destination: cluster,
    namespace: destination.namespace ?? 'default',
    ignored: ignoreDifferences ?? [],
    serverSide: syncPolicy?.syncOptions?.includes('ServerSideApply=true') === true,
  };
}

/** A resource as Argo CD lists it. */
export interface ResourceRow {
  readonly group?: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export function rowOf({ apiVersion, kind, metadata }: KubernetesObject): ResourceRow {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : [undefined, apiVersion];
  return {
    ...(group === undefined ? {} : { group }),
    version: version ?? '',
    kind,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
  };
}

/** What Git says at a revision, as Argo CD applies and compares it. Throws {@link ManifestError}. */
export async function manifestsOf(source: Source, revision: string): Promise<readonly KubernetesObject[]> {
  const objects = await render(source.repository, revision, source.path, source.namespace);
  return objects.map((object) => tracked(source, object));
}

/** With the annotation by which Argo CD knows what an Application has applied. */
function tracked({ application }: Source, object: KubernetesObject): KubernetesObject {
  const { group = '', kind, namespace, name } = rowOf(object);
  const id = `${application}:${group}/${kind}:${namespace}/${name}`;
  const annotations = { ...object.metadata.annotations, 'argocd.argoproj.io/tracking-id': id };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

export function keyOf({ group = '', kind, namespace, name }: ResourceRow): string {
  return [group, kind, namespace, name].join('/');
}

export function liveRefOf({ group, version, kind, namespace, name }: ResourceRow) {
  return { apiVersion: group === undefined ? version : `${group}/${version}`, kind, namespace, name };
}
