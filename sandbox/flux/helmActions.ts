import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { ApplyingCluster } from '../kubernetes/applyingCluster.ts';
import { authentikChart } from '../helm/authentikChart.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import { changesNothing } from '../argocd/apply.ts';
import type { Chart } from './helmChart.ts';
import { digestOf } from './helmValues.ts';
import type { Snapshot, Stored } from './helmHistory.ts';
import { HELM_API } from './kinds.ts';

export interface Target {
  readonly name: string;
  readonly namespace: string;
  /** By these helm-controller knows what a HelmRelease has made. */
  readonly labels: Readonly<Record<string, string>>;
}

/** By these Helm knows what a release has made. */
function ownerOf({ name, namespace }: Target): Readonly<Record<string, string>> {
  return { 'meta.helm.sh/release-name': name, 'meta.helm.sh/release-namespace': namespace };
}

/** Name and namespace of the Helm release of a HelmRelease. */
export function targetOf({ spec, metadata }: KubernetesObject): Target {
  const { releaseName, targetNamespace } = spec as { releaseName?: string; targetNamespace?: string };
  const name = targetNamespace === undefined ? metadata.name : `${targetNamespace}-${metadata.name}`;
  const [group = ''] = HELM_API.split('/');
  const labels = { [`${group}/name`]: metadata.name, [`${group}/namespace`]: metadata.namespace ?? '' };
  return { name: releaseName ?? name, namespace: targetNamespace ?? metadata.namespace ?? '', labels };
}

/** What the chart makes of values. */
export function rendered(target: Target, values: object): readonly KubernetesObject[] {
  return authentikChart(target, values).map((object) => ({
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata.labels, ...target.labels, 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { ...object.metadata.annotations, ...ownerOf(target) },
    },
  }));
}

/**
 * Server-side apply, as Helm 4: an annotation that somebody else has set stays. What the release before had and this one has not is
 * deleted.
 */
export async function put(
  cluster: ApplyingCluster,
  objects: readonly KubernetesObject[],
  before: readonly KubernetesObject[],
): Promise<void> {
  for (const object of objects) await cluster.apply(object, { force: true });
  const kept = new Set(objects.map(nameOf));
  for (const object of before) if (!kept.has(nameOf(object))) await cluster.delete(refOf(object));
}

function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind}/${metadata.namespace}/${metadata.name}`;
}

/** Objects of a release that are not as it says, or gone. */
export async function drifted(
  cluster: ApplyingCluster,
  objects: readonly KubernetesObject[],
): Promise<readonly KubernetesObject[]> {
  const rows = await Promise.all(
    objects.map(async (object) => {
      const live = await cluster.get(refOf(object));
      return live !== undefined && (await changesNothing(cluster, object, live)) ? [] : [object];
    }),
  );
  return rows.flat();
}

/** A release as it is recorded. */
export function storedOf(
  { name, namespace }: Target,
  made: Pick<Snapshot, 'action' | 'status' | 'version'> &
    Pick<Snapshot, 'configDigest' | 'chartVersion' | 'appVersion'>,
  objects: readonly KubernetesObject[],
  first: string | undefined,
): Stored {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const parts = { ...made, name, namespace, chartName: 'authentik', firstDeployed: first ?? now, lastDeployed: now };
  return { snapshot: { apiVersion: 'v2', digest: digestOf([parts, objects]), ...parts }, objects };
}

export function chartParts(chart: Chart): Pick<Snapshot, 'chartVersion' | 'appVersion'> {
  return { chartVersion: chart.version, appVersion: chart.appVersion };
}
