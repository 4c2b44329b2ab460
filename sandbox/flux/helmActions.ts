import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { authentikChart } from '../helm/authentikChart.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import { changesNothing } from '../argocd/apply.ts';
import type { Chart } from './helmChart.ts';
import { digestOf } from './helmValues.ts';
import type { Snapshot, Stored } from './helmHistory.ts';

export interface Target {
  readonly name: string;
  readonly namespace: string;
}

/** Name and namespace of the Helm release of a HelmRelease. */
export function targetOf({ spec, metadata }: KubernetesObject): Target {
  const { releaseName, targetNamespace } = spec as { releaseName?: string; targetNamespace?: string };
  const name = targetNamespace === undefined ? metadata.name : `${targetNamespace}-${metadata.name}`;
  return { name: releaseName ?? name, namespace: targetNamespace ?? metadata.namespace ?? '' };
}

/** What the chart makes of values. */
export function rendered(target: Target, values: object): readonly KubernetesObject[] {
  return authentikChart(target, values);
}

/**
 * Server-side apply, as Helm 4: an annotation that somebody else has set stays. What the release before had and this one has not is
 * deleted.
 */
export async function put(
  cluster: Cluster,
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
  cluster: Cluster,
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
