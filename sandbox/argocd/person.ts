import { RegistrarError } from '../../core/base/errors.ts';
import type { Cluster } from '../../integrations/kubernetes/cluster.ts';
import { sleep } from '../kit/loop.ts';

/** A sync of the sandbox takes far less. */
const PATIENCE_MS = 100_000;

/** Asks for a full sync as a person with the Argo CD CLI would, and waits until it has ended. */
export async function fullSync(cluster: Cluster, namespace: string, name: string): Promise<void> {
  const ref = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', namespace, name };
  const username = `a person ${Math.random().toString(36).slice(2)}`;
  const end = Date.now() + PATIENCE_MS;
  const { syncPolicy } = ((await cluster.get(ref))?.['spec'] ?? {}) as { syncPolicy?: { syncOptions?: unknown } };
  // As the CLI copies them.
  const syncOptions = syncPolicy?.syncOptions;
  const operation = { initiatedBy: { username }, sync: syncOptions === undefined ? {} : { syncOptions } };
  while (!(await wasAccepted(cluster, ref, operation))) {
    if (Date.now() > end) throw new Error(`${name} is busy with another operation`);
    await sleep(20);
  }
  for (;;) {
    const status = (await cluster.get(ref))?.['status'] as Status | undefined;
    const state = status?.operationState;
    const ours = state?.operation?.initiatedBy?.username === username && state.phase !== 'Running';
    // Another operation may have followed ours before we look: the history knows of ours.
    if ((ours && state.phase === 'Succeeded') || status?.history?.some((row) => row.initiatedBy?.username === username))
      return;
    if (ours) throw new Error(`full sync of ${name} ended ${state.phase}: ${state.message}`);
    if (Date.now() > end) throw new Error(`full sync of ${name} does not end`);
    await sleep(20);
  }
}

interface Initiator {
  readonly initiatedBy?: { readonly username?: string };
}

interface Status {
  readonly operationState?: { readonly phase?: string; readonly message?: string; readonly operation?: Initiator };
  readonly history?: readonly Initiator[];
}

/** Argo CD's own API server refuses a second operation beside one that runs. */
async function wasAccepted(cluster: Cluster, ref: Parameters<Cluster['get']>[0], operation: unknown): Promise<boolean> {
  try {
    await cluster.jsonPatch(ref, [
      { op: 'test', path: '/operation', value: null },
      { op: 'add', path: '/operation', value: operation },
    ]);
    return true;
  } catch (error) {
    if (error instanceof RegistrarError && error.kind === 'Conflict') return false;
    throw error;
  }
}
