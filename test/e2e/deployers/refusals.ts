import { DEPLOYERS as TRAITS } from '../../../core/installation/deployers.ts';
import type { Cell, Deployer } from './settings.ts';

/** What a combination cannot do, by name, and the test that it is refused before anything is changed. Without `is`: some runs of it. */
export interface Refusal {
  readonly is?: (cell: Cell) => boolean;
  /** For the table: which combinations. */
  readonly of: string;
  /** Begins the sentence that people read. */
  readonly says: string;
  readonly file: string;
  readonly title: string;
}

/** `authentik.deployBy` of each. */
const TRAITS_OF: Readonly<Record<Deployer, (typeof TRAITS)[keyof typeof TRAITS]>> = {
  argocd: TRAITS.argocd,
  argocdSources: TRAITS.argocd,
  flux: TRAITS.flux,
  external: TRAITS.external,
};

export const REFUSALS: readonly Refusal[] = [
  {
    is: ({ deployer, land }) => land === 'last' && !TRAITS_OF[deployer].deploysCommits,
    of: '`land: last` where the target branch alone is deployed (`flux`, `external`)',
    says: 'gitops.land: must be "first"',
    file: 'test/core/installation/installation.test.ts',
    title: 'needs no Argo CD where somebody else deploys',
  },
  {
    is: ({ job, mode }) => job === 'rotateSecret' && mode === 'discovery',
    of: '`rotateSecret` with a token that may not apply blueprints',
    says: 'the token may not apply blueprint',
    file: 'test/e2e/rotate.test.ts',
    title: 'refuses what it cannot finish, before anything changes',
  },
  {
    of: '`repair` of what another apply alone would mend, with such a token',
    says: 'discovery applies no text twice',
    file: 'test/activities/preflight/judges.test.ts',
    title: 'is a person’s where the token may not apply',
  },
  {
    of: '`registerClient` with such a token and `land: first`, where `envFrom` brings a key that was left in the Secret',
    says: 'before the client has a secret',
    file: 'test/activities/preflight/variable.test.ts',
    title: 'is refused where the Secret holds a value of it already',
  },
  {
    of: 'a consumer’s ExternalSecret that names no Application or Kustomization, or that of another deployer',
    says: 'spec.consumers.N.application',
    file: 'test/client/planOffline.test.ts',
    title: 'on %s a consumer of which nothing deploys the file',
  },
];

export function refusalOf(cell: Cell): Refusal | undefined {
  return REFUSALS.find(({ is }) => is?.(cell));
}
