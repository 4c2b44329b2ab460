import type { Cluster, KubernetesObject, ObjectRef } from '../../integrations/kubernetes/cluster.ts';
import { sleep } from '../kit/loop.ts';
import { inWords } from './kinds.ts';
import { conditionOf, type Condition } from './report.ts';

/** Words of kstatus. */
type Health = 'Current' | 'InProgress' | 'Failed' | 'NotFound' | 'Terminating';

export interface Patience {
  readonly timeoutMs: number;
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/**
 * Waits until all are healthy, as Flux's controllers do (`ssa/manager_wait.go` of fluxcd/pkg): the first that has failed for good ends
 * it. Resolves with undefined, or with what Flux says of those that are not.
 */
export async function waitForHealth(
  cluster: Cluster,
  refs: readonly ObjectRef[],
  { timeoutMs, everyMs, signal }: Patience,
): Promise<string | undefined> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const all = await Promise.all(refs.map(async (ref) => ({ ref, health: healthOf(await cluster.get(ref)) })));
    if (all.every(({ health }) => health === 'Current')) return undefined;
    const failed = all.filter(({ health }) => health === 'Failed');
    if (failed.length > 0) return `failed early due to stalled resources: ${listed(failed)}`;
    if (Date.now() > end) return `timeout waiting for: ${listed(all.filter(({ health }) => health !== 'Current'))}`;
    await sleep(everyMs, signal);
    if (signal.aborted) return 'the controller stops';
  }
}

function listed(rows: readonly { readonly ref: ObjectRef; readonly health: Health }[]): string {
  return `[${rows.map(({ ref, health }) => `${inWords({ kind: ref.kind, metadata: ref })} status: '${health}'`).join(', ')}]`;
}

/** What kstatus computes of an object (cli-utils, `pkg/kstatus/status`), for the kinds that the sandbox has. */
function healthOf(object: KubernetesObject | undefined): Health {
  if (object === undefined) return 'NotFound';
  if (object.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const { observedGeneration } = (object['status'] ?? {}) as { observedGeneration?: number };
  if (observedGeneration !== undefined && observedGeneration !== object.metadata.generation) return 'InProgress';
  if (object.kind === 'Deployment') return ofDeployment(object);
  const is = (type: string, status: Condition['status']): boolean => conditionOf(object, type)?.status === status;
  if (is('Stalled', 'True')) return 'Failed';
  if (is('Reconciling', 'True')) return 'InProgress';
  if (conditionOf(object, 'Ready') !== undefined) return is('Ready', 'True') ? 'Current' : 'InProgress';
  // Custom resources are in progress until their controller has said a word.
  return object.kind in CONTROLLED && object['status'] === undefined ? 'InProgress' : 'Current';
}

const CONTROLLED = { HelmRelease: true, Kustomization: true, GitRepository: true, OCIRepository: true };

function ofDeployment(object: KubernetesObject): Health {
  const {
    replicas = 0,
    updatedReplicas = 0,
    availableReplicas = 0,
    readyReplicas = 0,
  } = (object['status'] ?? {}) as Record<string, number | undefined>;
  if (conditionOf(object, 'Progressing')?.reason === 'ProgressDeadlineExceeded') return 'Failed';
  const wanted = (object['spec'].replicas as number | undefined) ?? 1;
  const counts = [replicas, updatedReplicas, availableReplicas, readyReplicas];
  return object['status'] !== undefined && counts.every((count) => count === wanted) ? 'Current' : 'InProgress';
}
