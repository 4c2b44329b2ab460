import type { ArgoCd } from '../../integrations/argocd/argocd.ts';
import type { Deps } from '../deps.ts';

/** Argo CD and the Application that deploys. The schema of registrar.yaml sees that they are there where Argo CD deploys. */
export function applicationOf(deps: Deps): { readonly argocd: ArgoCd; readonly application: string } {
  const { application } = deps.installation.authentik;
  if (deps.argocd === undefined || application === undefined) throw new TypeError('Argo CD does not deploy here');
  return { argocd: deps.argocd, application };
}
