/**
 * Who deploys Authentik's objects. `argocd`: an Application, asked by the job. `apply`: the job itself, by server-side
 * apply. `external`: a controller or a person who deploys what is on the target branch; nobody is asked.
 */
export const DEPLOY_BY = ['argocd', 'apply', 'external'] as const;
export type DeployBy = (typeof DEPLOY_BY)[number];

interface Parts {
  readonly gitops: { readonly land: 'last' | 'first' };
  readonly argocd?: unknown;
  readonly authentik: {
    readonly deployBy: DeployBy;
    readonly application?: string | undefined;
    readonly takeOverFrom?: readonly string[] | undefined;
  };
}

export interface BrokenRule {
  readonly path: readonly string[];
  readonly message: string;
}

/** What of the settings does not go together with `authentik.deployBy`: nothing is ignored in silence. */
export function brokenDeployBy({ gitops, argocd, authentik }: Parts): readonly BrokenRule[] {
  const { deployBy, application, takeOverFrom } = authentik;
  const broken: BrokenRule[] = [];
  const add = (path: string, message: string): void => void broken.push({ path: path.split('.'), message });
  const only = `authentik.deployBy is ${deployBy}`;
  if (deployBy === 'argocd') {
    const needed =
      'is missing: Argo CD deploys (authentik.deployBy: argocd). Add it, or set deployBy to apply or external';
    if (argocd === undefined) add('argocd', needed);
    if (application === undefined) add('authentik.application', needed);
  } else {
    if (argocd !== undefined) add('argocd', `is not used: ${only}. Remove it`);
    if (application !== undefined) add('authentik.application', `is not used: ${only}. Remove it`);
  }
  if (deployBy !== 'apply' && takeOverFrom !== undefined)
    add('authentik.takeOverFrom', `is not used: ${only}. Remove it`);
  if (deployBy === 'external' && gitops.land === 'last')
    add(
      'gitops.land',
      'must be "first" where authentik.deployBy is external: whoever follows the target branch deploys nothing before it has landed',
    );
  return broken;
}

/** Managers that may lose `spec.data` where registrar.yaml names none: client-side apply never looks at ownership. */
export const TAKE_OVER_FROM: readonly string[] = ['kubectl-client-side-apply'];
