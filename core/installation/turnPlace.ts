import type { Installation } from './installation.ts';

/** Where runs under `land: last` queue: the object that is deployed from one commit, and where its Lease is kept. */
export interface TurnPlace {
  readonly cluster: string;
  readonly namespace: string;
  readonly kind: 'Application' | 'Deployment';
  readonly name: string;
}

/** The Application where Argo CD deploys; without one the Deployment of Authentik's worker, which every change restarts. */
export function turnPlace({ argocd, authentik }: Installation): TurnPlace {
  if (argocd !== undefined && authentik.application !== undefined)
    return { cluster: argocd.cluster, namespace: argocd.namespace, kind: 'Application', name: authentik.application };
  const { cluster, namespace, deployment } = authentik;
  return { cluster, namespace, kind: 'Deployment', name: deployment.name };
}
