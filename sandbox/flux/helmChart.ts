import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { referred, SOURCE_API, type Reference } from './kinds.ts';
import { conditionOf } from './report.ts';

/** The chart that a release is made of: the sandbox knows one. */
export interface Chart {
  readonly name: 'authentik';
  readonly version: string;
  readonly appVersion: string;
  /** Of an OCIRepository. */
  readonly digest?: string;
}

interface Spec {
  readonly chartRef?: Reference & { readonly kind: string };
  readonly chart?: {
    readonly spec: { readonly version?: string; readonly sourceRef: Reference & { readonly kind: string } };
  };
}

const VERSION = '2026.8.0';

/** Where a HelmRelease's chart comes from: an OCIRepository, or the repository of its chart template. */
export async function chartSource(cluster: Cluster, release: KubernetesObject): Promise<KubernetesObject | undefined> {
  const { chartRef, chart } = release['spec'] as Spec;
  const reference = chartRef ?? chart?.spec.sourceRef;
  if (reference === undefined) return undefined;
  return cluster.get(referred(release, reference, { apiVersion: SOURCE_API, kind: reference.kind }));
}

/** What is wrong with the source of a chart, in the words of helm-controller; undefined where its artifact may be used. */
export function sourceProblem(
  release: KubernetesObject,
  source: KubernetesObject | undefined,
): readonly [string, string] | undefined {
  const { chartRef, chart } = release['spec'] as Spec;
  const { kind = '', name = '' } = chartRef ?? chart?.spec.sourceRef ?? {};
  if (source === undefined) {
    const plural = `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
    return ['ArtifactFailed', `could not get Source object: ${plural}.source.toolkit.fluxcd.io "${name}" not found`];
  }
  const { observedGeneration, artifact } = (source['status'] ?? {}) as Record<string, unknown>;
  const where = `${source.kind} '${source.metadata.namespace}/${name}' is not ready`;
  if (observedGeneration !== source.metadata.generation) {
    const ready = conditionOf(source, 'Ready');
    const why = ready?.status === 'False' ? ready.message : 'latest generation of object has not been reconciled';
    return ['SourceNotReady', `${where}: ${why}`];
  }
  return artifact === undefined ? ['SourceNotReady', `${where}: does not have an artifact`] : undefined;
}

/** The HelmChart that a chart template stands for; nobody reads the object itself. */
export function chartName({ spec, metadata }: KubernetesObject): { readonly helmChart?: string } {
  const { chart } = spec as Spec;
  if (chart === undefined) return {};
  const { namespace = metadata.namespace } = chart.spec.sourceRef;
  return { helmChart: `${namespace}/${metadata.namespace}-${metadata.name}` };
}

export function chartOf(release: KubernetesObject, source: KubernetesObject): Chart {
  const { chart } = release['spec'] as Spec;
  const asked = chart?.spec.version ?? (source['spec'].ref?.tag as string | undefined) ?? VERSION;
  const version = /^\d+\.\d+\.\d+$/.test(asked) ? asked : VERSION;
  if (source.kind !== 'OCIRepository') return { name: 'authentik', version, appVersion: version };
  const revision = source['status'].artifact.revision as string;
  const digest = revision.slice(revision.indexOf('sha256:'));
  return { name: 'authentik', version: `${version}+${digest.slice(7, 19)}`, appVersion: version, digest };
}
