import type { SystemName } from '../base/errors.ts';

/**
 * Who deploys Authentik's objects. `argocd`: an Application, asked by the job. `flux`: a Kustomization, asked by the job.
 * `external`: a controller or a person who deploys what is on the target branch; nobody is asked.
 */
export const DEPLOY_BY = ['argocd', 'flux', 'external'] as const;
export type DeployBy = (typeof DEPLOY_BY)[number];

/** What of registrar.yaml is about one deployer alone. */
type Setting = 'argocd' | 'authentik.application' | 'flux' | 'authentik.kustomization' | 'authentik.helmRelease';

/** By what a consumer names what deploys its file, and what that is. */
export const CONSUMER_FIELDS = {
  application: { what: 'Argo CD Application', deployer: 'Argo CD' },
  fluxKustomization: { what: 'Kustomization of Flux', deployer: 'Flux' },
} as const;
type ConsumerField = keyof typeof CONSUMER_FIELDS;

/** What deploys an object: Authentik's, or a consumer's. */
interface DeployedBy {
  readonly application?: string | undefined;
  readonly kustomization?: string | undefined;
  readonly helmRelease?: string | undefined;
}

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
  readonly needs: readonly Setting[];
  /** Settings of registrar.yaml that it reads where they are there. */
  readonly takes: readonly Setting[];
  /** What a consumer's ExternalSecret names it by, in its registration; undefined where nobody is asked. */
  readonly namedBy: ConsumerField | undefined;
  /** The job asks it and it comes at once. Otherwise nobody can be asked, and the workflow waits for hours or days. */
  readonly isAsked: boolean;
  /** It deploys the commit it is asked for. Otherwise what is on the target branch alone, which `land: last` has not reached. */
  readonly deploysCommits: boolean;
  /** It may put values in the place of `${NAME}`, as Flux does, unless `gitops.substitute` says that nothing is. */
  readonly maySubstitute: boolean;
  /** It writes its namespace over that of a kustomization; otherwise it fills in one that is left out. */
  readonly overwritesNamespace: boolean;
  /** When people can have one object of a commit before another, after "where"; undefined where all of it comes at once. */
  readonly byHand: string | undefined;
  /** What becomes of an object, for people: its kind and name come next. */
  deploy(place: DeployedBy): string;
}

const argocd: DeployerTraits = {
  name: 'Argo CD',
  system: 'Argo CD',
  needs: ['argocd', 'authentik.application'],
  takes: [],
  namedBy: 'application',
  isAsked: true,
  deploysCommits: true,
  maySubstitute: false,
  overwritesNamespace: false,
  byHand: 'they are synced by hand, one by one',
  deploy: ({ application }) => `sync by Application ${application}`,
};

const flux: DeployerTraits = {
  name: 'Flux',
  system: 'Flux',
  needs: ['authentik.kustomization'],
  takes: ['flux', 'authentik.helmRelease'],
  namedBy: 'fluxKustomization',
  isAsked: true,
  deploysCommits: false,
  maySubstitute: true,
  overwritesNamespace: true,
  byHand: undefined,
  deploy: ({ kustomization, helmRelease }) =>
    `reconcile by Kustomization ${kustomization}${helmRelease === undefined ? '' : ` and HelmRelease ${helmRelease}`}`,
};

const external: DeployerTraits = {
  name: 'whoever follows the target branch',
  system: 'Kubernetes',
  needs: [],
  takes: [],
  namedBy: undefined,
  isAsked: false,
  deploysCommits: false,
  maySubstitute: true,
  overwritesNamespace: false,
  byHand: 'a person deploys them one by one',
  deploy: () => 'wait until somebody deploys',
};

export const DEPLOYERS: Readonly<Record<DeployBy, DeployerTraits>> = { argocd, flux, external };

/** Of the deployer that registrar.yaml chooses. */
export function deployerTraits({ authentik }: { readonly authentik: { readonly deployBy: DeployBy } }): DeployerTraits {
  return DEPLOYERS[authentik.deployBy];
}
