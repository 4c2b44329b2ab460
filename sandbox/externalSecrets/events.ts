import { createHash } from 'node:crypto';
import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';

/** Tells of a failed refresh: a repetition of the same words counts up the same Event. */
export async function tellUpdateFailed(cluster: Cluster, object: KubernetesObject, message: string): Promise<void> {
  const { namespace = '', name, uid } = object.metadata;
  const words = createHash('sha256').update(`${uid}${message}`).digest('hex').slice(0, 16);
  const ref = { apiVersion: 'v1', kind: 'Event', namespace, name: `${name}.${words}` };
  const current = await cluster.get(ref);
  const lastTimestamp = seconds();
  if (current !== undefined) {
    await cluster.mergePatch(ref, { lastTimestamp, count: Number(current['count']) + 1 });
    return;
  }
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: ref.name, namespace },
    type: 'Warning',
    reason: 'UpdateFailed',
    message,
    count: 1,
    firstTimestamp: lastTimestamp,
    lastTimestamp,
    involvedObject: { apiVersion: object.apiVersion, kind: object.kind, name, namespace, uid },
  });
}

/** Times of Kubernetes have a resolution of one second. */
export function seconds(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
