/**
 * Who deploys Authentik's objects. `argocd`: an Application, asked by the job. `external`: a controller or a person who
 * deploys what is on the target branch; nobody is asked.
 */
export const DEPLOY_BY = ['argocd', 'external'] as const;
/** What is told to a person whose registrar.yaml asks for the deployer of 0.1 that is gone. */
export const NO_APPLY =
  'apply is gone: the job no longer applies by itself. Set it to external, with gitops.land: first, and let whoever deploys this folder deploy the target branch (a person with kubectl apply as well as a controller), or to argocd';

export type DeployBy = (typeof DEPLOY_BY)[number];

interface Parts {
  readonly gitops: { readonly land: 'last' | 'first' };
  readonly argocd?: unknown;
  readonly authentik: {
    readonly deployBy: DeployBy;
    readonly application?: string | undefined;
  };
}

export interface BrokenRule {
  readonly path: readonly string[];
  readonly message: string;
}

/** What of the settings does not go together with `authentik.deployBy`: nothing is ignored in silence. */
export function brokenDeployBy({ gitops, argocd, authentik }: Parts): readonly BrokenRule[] {
  const { deployBy, application } = authentik;
  const broken: BrokenRule[] = [];
  const add = (path: string, message: string): void => void broken.push({ path: path.split('.'), message });
  const only = `authentik.deployBy is ${deployBy}`;
  if (deployBy === 'argocd') {
    const needed = 'is missing: Argo CD deploys (authentik.deployBy: argocd). Add it, or set deployBy to external';
    if (argocd === undefined) add('argocd', needed);
    if (application === undefined) add('authentik.application', needed);
  } else {
    if (argocd !== undefined) add('argocd', `is not used: ${only}. Remove it`);
    if (application !== undefined) add('authentik.application', `is not used: ${only}. Remove it`);
  }
  if (deployBy === 'external' && gitops.land === 'last')
    add(
      'gitops.land',
      'must be "first" where authentik.deployBy is external: whoever follows the target branch deploys nothing before it has landed',
    );
  return broken;
}
