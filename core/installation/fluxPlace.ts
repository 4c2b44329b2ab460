import type { Installation } from './installation.ts';

/** Where Flux keeps its objects, unless `flux` of registrar.yaml says otherwise. */
const NAMESPACE = 'flux-system';

/** The cluster that holds the objects of Flux, and the namespace of those that are named without one; undefined where it does not deploy. */
export function fluxPlace({
  flux,
  authentik,
}: Pick<Installation, 'flux' | 'authentik'>): { readonly cluster: string; readonly namespace: string } | undefined {
  if (authentik.kustomization === undefined) return undefined;
  return { cluster: flux?.cluster ?? authentik.cluster, namespace: flux?.namespace ?? NAMESPACE };
}

type Ref = ReturnType<typeof fluxRef>;

/** The Kustomization that deploys Authentik's objects; undefined where Flux does not. */
export function kustomizationRef(installation: Pick<Installation, 'flux' | 'authentik'>): Ref {
  return fluxRef(installation.authentik.kustomization, fluxPlace(installation)?.namespace);
}

/** The HelmRelease that makes Authentik's Deployment; undefined where none does. */
export function helmReleaseRef({ authentik }: Pick<Installation, 'authentik'>): Ref {
  return fluxRef(authentik.helmRelease, authentik.namespace);
}

/** An object by how it is named, in a namespace where it names none; undefined where nothing is named. */
export function fluxRef(
  named: string | undefined,
  namespace = NAMESPACE,
): { readonly namespace: string; readonly name: string } | undefined {
  if (named === undefined) return undefined;
  const [first = '', second] = named.split('/');
  return second === undefined ? { namespace, name: first } : { namespace: first, name: second };
}
