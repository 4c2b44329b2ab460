import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import { HELM_API, inWords, isSuspended, KUSTOMIZE_API, REQUESTED_AT, SOURCE_API } from './kinds.ts';
import { isReady } from './report.ts';

const KINDS = [
  { apiVersion: SOURCE_API, kind: 'GitRepository' },
  { apiVersion: KUSTOMIZE_API, kind: 'Kustomization' },
  { apiVersion: HELM_API, kind: 'HelmRelease' },
] as const;

/** Asks for everything to be reconciled, as a person with `flux reconcile` would; where an answer is still due, not again. */
export async function requestAll(cluster: Cluster): Promise<void> {
  const annotations = { [REQUESTED_AT]: new Date().toISOString() };
  for (const object of (await everything(cluster)).filter(isAnswered))
    await cluster.mergePatch(refOf(object), { metadata: { annotations } });
}

/** kustomize-controller takes away what kubectl has put on a Kustomization that is itself deployed by one: then nothing is asked. */
function isAnswered({ metadata, status }: KubernetesObject): boolean {
  const asked = metadata.annotations?.[REQUESTED_AT];
  return asked === undefined || asked === status?.lastHandledReconcileAt;
}

/** What Flux has still to do until all that is not suspended says what a commit says; undefined where there is nothing. */
export async function busy(cluster: Cluster, commit: string): Promise<string | undefined> {
  const objects = await everything(cluster);
  if (!objects.some(({ kind }) => kind === 'Kustomization')) return 'Flux has no Kustomization';
  const restless = objects.find((object) => !isSuspended(object) && !isAtRest(object, commit));
  return restless === undefined ? undefined : `Flux reconciles ${inWords(restless)}`;
}

async function everything(cluster: Cluster): Promise<readonly KubernetesObject[]> {
  return (await Promise.all(KINDS.map((kind) => cluster.list(kind)))).flat();
}

function isAtRest(object: KubernetesObject, commit: string): boolean {
  const { observedGeneration, artifact, lastAppliedRevision } = (object['status'] ?? {}) as {
    observedGeneration?: number;
    artifact?: { revision: string };
    lastAppliedRevision?: string;
  };
  const revision = object.kind === 'GitRepository' ? artifact?.revision : lastAppliedRevision;
  return (
    isReady(object) &&
    observedGeneration === object.metadata.generation &&
    isAnswered(object) &&
    (object.kind === 'HelmRelease' || revision?.endsWith(commit) === true)
  );
}
