import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { ApplyingCluster } from '../kubernetes/applyingCluster.ts';
import type { Ignored } from './ignoreDifferences.ts';
import { ManifestError } from './manifestError.ts';
import { partsOf, type Part, type WrittenSource } from './part.ts';
import { manifestsOfParts, resolved } from './parts.ts';

/** Where an Application comes from and goes to. */
export interface Source {
  /** Name of the Application. */
  readonly application: string;
  readonly parts: readonly Part[];
  /** As the Application writes them. */
  readonly written: { readonly source: WrittenSource } | { readonly sources: readonly WrittenSource[] };
  readonly destination: ApplyingCluster;
  readonly namespace: string;
  readonly ignored: readonly Ignored[];
  /** Compares by the managers of fields, as where `spec.syncPolicy.syncOptions` have server-side apply. */
  readonly serverSide: boolean;
}

export interface Places {
  readonly destination: (destination: {
    readonly server?: string;
    readonly name?: string;
  }) => ApplyingCluster | undefined;
  /** Where a repoURL really is, on this machine. */
  readonly repository: (repoURL: string) => string;
}

export function sourceOf(places: Places, application: KubernetesObject): Source {
  const { source, sources, destination, ignoreDifferences, syncPolicy } = application['spec'] as {
    ignoreDifferences?: readonly Ignored[];
    syncPolicy?: { syncOptions?: readonly string[] };
    source?: WrittenSource;
    sources?: readonly WrittenSource[];
    destination: { server?: string; name?: string; namespace?: string };
  };
  const cluster = places.destination(destination);
  if (cluster === undefined)
    throw new ManifestError(
      `there are no clusters with this name or address: ${destination.name ?? destination.server}`,
    );
  const several = sources ?? [];
  return {
    application: application.metadata.name,
    parts: partsOf(several.length > 0 ? several : source === undefined ? [] : [source], places.repository),
    written: several.length > 0 ? { sources: several } : { source: source ?? { repoURL: '' } },
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

/** What its sources say at revisions, as Argo CD applies and compares it: of two objects of a name the last one. Throws {@link ManifestError}. */
export async function manifestsOf(source: Source, revisions: readonly string[]): Promise<readonly KubernetesObject[]> {
  const { application, parts, namespace } = source;
  const objects = await manifestsOfParts(parts, revisions, { name: application, namespace });
  const byKey = new Map(objects.map((object) => [keyOf(rowOf(object)), object]));
  return [...byKey.values()].map((object) => tracked(source, object));
}

/** The revision of each source where it stands now: those that are given, else what the Application says. */
export async function revisionsOf({ parts }: Source, given: readonly string[] = []): Promise<readonly string[]> {
  // A list of another length counts for nothing.
  const asked = given.length === parts.length ? given : [];
  return Promise.all(parts.map((part, i) => resolved(part, asked[i])));
}

/** Revisions as status and operations write them: one for `spec.source`, a list for `spec.sources`. */
export function worded(
  { written }: Source,
  revisions: readonly string[],
): { readonly revision: string } | { readonly revisions: readonly string[] } {
  return 'source' in written ? { revision: revisions[0] ?? '' } : { revisions };
}

/** The other way round. */
export function listed(
  { written }: Source,
  {
    revision,
    revisions,
  }: { readonly revision?: string | undefined; readonly revisions?: readonly string[] | undefined },
): readonly string[] | undefined {
  return 'source' in written ? (revision === undefined ? undefined : [revision]) : revisions;
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
