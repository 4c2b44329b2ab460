import { RegistrarError } from '../../core/base/errors.ts';
import type { Cluster, KubernetesObject, ObjectRef } from '../../integrations/kubernetes/cluster.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import { upgradeReleases } from '../helm/helmController.ts';
import { ManifestError } from './manifestError.ts';
import { render, resolveRevision } from './manifests.ts';
import type { Faults } from '../faults/faults.ts';
import { complainOf, startLoop, type Loop } from '../kit/loop.ts';

/** By this name kustomize-controller applies. */
export const FLUX_MANAGER = 'kustomize-controller';

export interface FluxOptions {
  /** Applies under {@link FLUX_MANAGER}. */
  readonly cluster: Cluster;
  /** The same cluster, for helm-controller. */
  readonly helm: Cluster;
  readonly repository: string;
  readonly branch: string;
  /** Folder of the repository. */
  readonly path: string;
  readonly namespace: string;
  readonly faults: Faults;
  readonly everyMs: number;
}

export interface Flux extends Loop {
  /** Commit that was applied last, whole, its releases upgraded. */
  readonly revision: string | undefined;
}

/**
 * Stand-in for Flux: source-controller, one Kustomization, and helm-controller. At its interval it applies what the target branch says by server-side
 * apply with force, as kustomize-controller does, and deletes what it applied before and Git no longer names (`spec.prune`); asked by
 * nobody. Fault: `suspended`.
 */
export function startFlux(options: FluxOptions): Flux {
  const { cluster, helm, repository, branch, path, namespace, faults } = options;
  let revision: string | undefined;
  let inventory: readonly ObjectRef[] = [];
  const loop = startLoop(
    async () => {
      if (faults.behaviour('flux', 'suspended') !== undefined) return;
      const head = await resolveRevision(repository, branch);
      const objects = await render(repository, head, path, namespace);
      for (const object of objects) await cluster.apply(object, { force: true });
      for (const gone of inventory.filter((ref) => !objects.some((object) => isOf(object, ref))))
        await cluster.delete(gone);
      inventory = objects.map(refOf);
      if (head !== revision) await upgradeReleases(helm, namespace);
      revision = head;
    },
    options.everyMs,
    (error) => {
      // Manifests that do not render, and objects that are refused, are tried again at the next interval.
      if (error instanceof ManifestError || (error instanceof RegistrarError && error.retryable)) return;
      complainOf('Flux')(error);
    },
  );
  return {
    ...loop,
    get revision() {
      return revision;
    },
  };
}

function isOf({ kind, metadata }: KubernetesObject, ref: ObjectRef): boolean {
  return kind === ref.kind && metadata.name === ref.name && metadata.namespace === ref.namespace;
}
