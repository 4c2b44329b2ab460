import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import { RefreshError } from './provider.ts';

const API = 'external-secrets.io/v1';

/** Says of every store whether it is ready. */
export async function writeStores(cluster: Cluster, namespaces: readonly string[], ready: boolean): Promise<void> {
  const condition = ready
    ? { type: 'Ready', status: 'True', reason: 'Valid', message: 'store validated' }
    : { type: 'Ready', status: 'False', reason: 'InvalidProviderConfig', message: 'unable to validate store' };
  const lists = [
    cluster.list({ apiVersion: API, kind: 'ClusterSecretStore', namespace: '' }),
    ...namespaces.map((namespace) => cluster.list({ apiVersion: API, kind: 'SecretStore', namespace })),
  ];
  for (const store of (await Promise.all(lists)).flat()) {
    if (JSON.stringify(store['status']?.conditions) === JSON.stringify([condition])) continue;
    await cluster.mergePatch({ ...refOf(store), subresource: 'status' }, { status: { conditions: [condition] } });
  }
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

/** The provider of the store that an ExternalSecret names. Throws where it is not ready, whatever its server says now. */
export async function storeOf(
  cluster: Cluster,
  object: KubernetesObject,
): Promise<{ readonly provider: string; readonly settings: unknown }> {
  const { kind = 'SecretStore', name } = object['spec'].secretStoreRef as { kind?: string; name: string };
  const store = await cluster.get({ apiVersion: API, kind, namespace: object.metadata.namespace ?? '', name });
  if (store === undefined) throw new RefreshError(`could not get ${kind} "${name}", ${kind} "${name}" not found`);
  const conditions = (store['status']?.conditions ?? []) as readonly Condition[];
  if (!conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True'))
    throw new RefreshError(`${kind} "${name}" is not ready`);
  const [[provider, settings] = ['', undefined]] = Object.entries(store['spec'].provider as Record<string, unknown>);
  return { provider, settings };
}
