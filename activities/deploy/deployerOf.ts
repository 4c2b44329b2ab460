import type { DeployBy } from '../../core/installation/deployers.ts';
import type { Deps } from '../deps.ts';
import { argoCd } from './argoCd.ts';
import type { Deployer } from './deployer.ts';
import { external } from './external.ts';
import { flux } from './flux.ts';

const DEPLOYERS: Readonly<Record<DeployBy, Deployer>> = { argocd: argoCd, flux, external };

/** The deployer that registrar.yaml chooses. */
export function deployerOf(deps: Pick<Deps, 'installation'>): Deployer {
  return DEPLOYERS[deps.installation.authentik.deployBy];
}
