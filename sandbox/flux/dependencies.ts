import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { referred, type Reference } from './kinds.ts';
import { isReady } from './report.ts';

interface Spec {
  readonly sourceRef?: Reference;
  readonly dependsOn?: readonly Reference[];
}

/**
 * Why a Kustomization or HelmRelease may not begin yet; undefined where all that it depends on is ready. One of the same source must
 * have applied the revision, too.
 */
export async function unmet(
  cluster: Cluster,
  object: KubernetesObject,
  revision?: string,
): Promise<string | undefined> {
  const { dependsOn = [], sourceRef } = object['spec'] as Spec;
  for (const reference of dependsOn) {
    const ref = referred(object, reference, object);
    const name = `${ref.namespace}/${ref.name}`;
    const dependency = await cluster.get(ref);
    if (dependency === undefined) {
      const [group] = object.apiVersion.split('/');
      return `dependency '${name}' not found: ${object.kind}.${group} "${ref.name}" not found`;
    }
    const { observedGeneration, lastAppliedRevision } = (dependency['status'] ?? {}) as Record<string, unknown>;
    if (!isReady(dependency) || observedGeneration !== dependency.metadata.generation)
      return `dependency '${name}' is not ready`;
    if (sourceRef === undefined || revision === undefined) continue;
    const [mine, its] = [object, dependency].map((each) => JSON.stringify(sourceRefOf(each)));
    if (mine === its && lastAppliedRevision !== revision) return `dependency '${name}' revision is not up to date`;
  }
  return undefined;
}

function sourceRefOf(object: KubernetesObject): unknown {
  const { sourceRef = { name: '' } } = object['spec'] as Spec;
  return [sourceRef.kind, sourceRef.namespace ?? object.metadata.namespace, sourceRef.name];
}
