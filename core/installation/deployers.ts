import type { SystemName } from '../base/errors.ts';

/**
 * Who deploys Authentik's objects. `argocd`: an Application, asked by the job. `external`: a controller or a person who
 * deploys what is on the target branch; nobody is asked.
 */
export const DEPLOY_BY = ['argocd', 'external'] as const;
export type DeployBy = (typeof DEPLOY_BY)[number];

/**
 * What the job must know of whoever deploys, beside how it is asked and waited for (`activities/deploy/deployer.ts`). Nothing
 * else compares `authentik.deployBy`: a new deployer is one object here and one there. Workflows read it too, so what is said
 * of a deployer that has been released changes with `patched` only.
 */
export interface DeployerTraits {
  /** What people know it as. */
  readonly name: string;
  /** Of whose state a plan speaks. */
  readonly system: SystemName;
  /** Settings of registrar.yaml that it needs; the others have no use for them. */
  readonly needs: readonly ('argocd' | 'authentik.application')[];
  /** The job asks it and it comes at once. Otherwise nobody can be asked, and the workflow waits for hours or days. */
  readonly isAsked: boolean;
  /** It deploys the commit it is asked for. Otherwise what is on the target branch alone, which `land: last` has not reached. */
  readonly deploysCommits: boolean;
  /** It deploys what a chart makes of values: what is live then is no text of Git's. */
  readonly deploysCharts: boolean;
  /** It may put values in the place of `${NAME}`, as Flux does, unless `gitops.substitute` says that nothing is. */
  readonly maySubstitute: boolean;
  /** What becomes of an object, for people: its kind and name come next. */
  deploy(place: { readonly application?: string | undefined }): string;
}

const argocd: DeployerTraits = {
  name: 'Argo CD',
  system: 'Argo CD',
  needs: ['argocd', 'authentik.application'],
  isAsked: true,
  deploysCommits: true,
  deploysCharts: false,
  maySubstitute: false,
  deploy: ({ application }) => `sync by Application ${application}`,
};

const external: DeployerTraits = {
  name: 'whoever follows the target branch',
  system: 'Kubernetes',
  needs: [],
  isAsked: false,
  deploysCommits: false,
  deploysCharts: true,
  maySubstitute: true,
  deploy: () => 'wait until somebody deploys',
};

export const DEPLOYERS: Readonly<Record<DeployBy, DeployerTraits>> = { argocd, external };

/** Of the deployer that registrar.yaml chooses. */
export function deployerTraits({ authentik }: { readonly authentik: { readonly deployBy: DeployBy } }): DeployerTraits {
  return DEPLOYERS[authentik.deployBy];
}
