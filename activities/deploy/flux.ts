import type { Deployer } from './deployer.ts';
import { external } from './external.ts';

/** Kustomizations and HelmReleases of Flux deploy what is on the target branch; the job asks them to look at once. */
export const flux: Deployer = { ...external };
