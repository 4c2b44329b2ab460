import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import { authentikChart } from './authentikChart.ts';

/** By this name helm-controller writes. */
export const HELM_MANAGER = 'helm-controller';

const HELM_RELEASE = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease' } as const;

/**
 * Stand-in for helm-controller: upgrades a release whose HelmRelease has changed since it was last looked at, and leaves alone
 * what people or the job change in between (`spec.driftDetection` is off by default). It knows one chart, and values in the object.
 */
export async function upgradeReleases(cluster: Cluster, namespace: string): Promise<void> {
  for (const release of await cluster.list({ ...HELM_RELEASE, namespace })) {
    const { generation } = release.metadata;
    if (release['status']?.observedGeneration === generation) continue;
    await upgrade(cluster, release);
    const condition = { type: 'Ready', status: 'True', reason: 'UpgradeSucceeded', message: 'Helm upgrade succeeded' };
    const status = { observedGeneration: generation, conditions: [condition] };
    await cluster.mergePatch({ ...refOf(release), subresource: 'status' }, { status });
  }
}

/** Server-side apply, as Helm 4: an annotation that somebody else has set stays. What is no longer rendered is deleted. */
async function upgrade(cluster: Cluster, release: KubernetesObject): Promise<void> {
  const { releaseName, targetNamespace, values } = release['spec'] as {
    releaseName?: string;
    targetNamespace?: string;
    values?: Parameters<typeof authentikChart>[1];
  };
  const { name, namespace = '' } = release.metadata;
  const to = { name: releaseName ?? name, namespace: targetNamespace ?? namespace };
  for (const object of authentikChart(to, values ?? {})) await cluster.apply(object, { force: true });
}
