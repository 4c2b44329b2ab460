import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import { kustomizationRef } from '../../core/installation/fluxPlace.ts';
import type { FluxRef } from '../../integrations/flux/flux.ts';
import type { Deps } from '../deps.ts';
import { syncResource, type SyncResource } from '../state/ourResources.ts';

/** One object of a cluster that a change edits: one of Authentik's, or a consumer's ExternalSecret. */
export interface Target {
  readonly object: SyncResource;
  /** The Application that deploys it, where Argo CD does. */
  readonly application?: string | undefined;
  /** The Kustomization that deploys it, where Flux does. */
  readonly kustomization?: FluxRef | undefined;
  /** The named cluster whose Flux that is, where each has its own; undefined for the one of registrar.yaml. */
  readonly fluxIn?: string | undefined;
  /** Which of Authentik's objects it is; undefined for a consumer's. */
  readonly resource?: OurResource;
}

/** Authentik's objects, which one Application deploys. */
export function ownTargets(deps: Deps, resources: readonly OurResource[]): readonly Target[] {
  const { application } = deps.installation.authentik;
  const kustomization = kustomizationRef(deps.installation);
  return resources.map((resource) => ({
    resource,
    application,
    kustomization,
    object: syncResource(deps, resource),
  }));
}
