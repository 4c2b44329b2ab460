import type { ArgoCd } from '../../integrations/argocd/argocd.ts';
import type { Deps } from '../deps.ts';
import type { Target } from './target.ts';

/** Argo CD and the Application that deploys a target, or Authentik's. That both are there where Argo CD deploys preflight has seen. */
export function applicationOf(
  { argocd, installation }: Deps,
  { application }: Pick<Target, 'application'> = installation.authentik,
): { readonly argocd: ArgoCd; readonly application: string } {
  if (argocd === undefined || application === undefined) throw new TypeError('Argo CD does not deploy here');
  return { argocd, application };
}
