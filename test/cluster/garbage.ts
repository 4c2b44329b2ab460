import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { eventually } from '../fixtures/polling.ts';

const PATIENCE_MS = 120_000;
const OWNER = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', namespace: 'default', name: 'owner' };
const OWNED = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'owned' };

/**
 * Until an object goes with the ExternalSecret that owns it. Kubernetes' garbage collector learns of new kinds every 30 s
 * alone, and till then it leaves what a deleted owner of such a kind had.
 */
export async function garbageIsCollected(cluster: Cluster): Promise<void> {
  const { apiVersion, kind, namespace, name } = OWNER;
  const secretStoreRef = { kind: 'ClusterSecretStore', name: 'none' };
  const owner: KubernetesObject = await cluster.create({
    apiVersion,
    kind,
    metadata: { namespace, name },
    spec: { secretStoreRef, refreshInterval: '0', data: [{ secretKey: 'none', remoteRef: { key: 'none' } }] },
  });
  await cluster.create({
    apiVersion: OWNED.apiVersion,
    kind: OWNED.kind,
    metadata: {
      namespace,
      name: OWNED.name,
      ownerReferences: [{ apiVersion, kind, name, uid: owner.metadata.uid ?? '' }],
    },
  });
  await cluster.delete(OWNER);
  await eventually(
    () => cluster.get(OWNED),
    (owned) => owned === undefined,
    PATIENCE_MS,
  );
}
