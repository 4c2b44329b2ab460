import type { Flux, FluxRef, FluxState } from '../../integrations/flux/flux.ts';
import { helmReleaseRef } from '../../core/installation/fluxPlace.ts';
import type { Deps } from '../deps.ts';
import { ownTargets, type Target } from './target.ts';

/** Flux and the Kustomization that deploys a target, or Authentik's. That both are there where Flux deploys preflight has seen. */
export async function fluxOf(
  deps: Deps,
  target: Pick<Target, 'kustomization' | 'fluxIn'> | undefined = ownTargets(deps, ['configMap'])[0],
): Promise<{ readonly flux: Flux; readonly ref: FluxRef }> {
  const { kustomization: ref, fluxIn } = target ?? {};
  const flux = fluxIn === undefined ? deps.flux : (await deps.consumerCluster(fluxIn)).flux;
  if (flux === undefined || ref === undefined) throw new TypeError('Flux does not deploy here');
  return { flux, ref };
}

/** The HelmRelease that makes these targets: Authentik's Deployment, where registrar.yaml names one. */
export function helmReleaseOf({ installation }: Deps, targets: readonly Target[]): FluxRef | undefined {
  return targets.some(({ resource }) => resource === 'deployment') ? helmReleaseRef(installation) : undefined;
}

/** What the objects say by which a Kustomization's targets are deployed, in the order in which they are asked. */
export async function statesOf(
  flux: Flux,
  ref: FluxRef,
  helmRelease: FluxRef | undefined,
): Promise<readonly FluxState[]> {
  const kustomization = await flux.kustomization(ref);
  return [
    await flux.gitRepository(kustomization.sourceRef),
    kustomization,
    ...(helmRelease === undefined ? [] : [await flux.helmRelease(helmRelease)]),
  ];
}
