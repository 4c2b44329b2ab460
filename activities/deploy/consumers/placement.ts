import type { Job } from '../../../core/run/job.ts';
import type { Source } from '../../branch/landing/order.ts';
import { freshTarget } from '../../branch/runBranch.ts';
import type { Deps } from '../../deps.ts';
import { deployerOf } from '../deployerOf.ts';
import { isGoing, otherThan, specAt, type ConsumerPlace } from './place.ts';
import { stillThere } from './shared.ts';

/** One consumer's ExternalSecret, and the commit whose word on it is deployed. It is an object of its own, so it comes and goes as a whole. */
export interface Placement extends Source {
  readonly job: Job;
  readonly place: ConsumerPlace;
  readonly purpose: string;
}

/** Until the live spec is what Git says at the commit. */
export async function bring(deps: Deps, { place, ...wanted }: Placement): Promise<void> {
  const missing = async () => otherThan(deps, place, await specAt(deps, place, wanted.commit));
  await deployerOf(deps).deploy(deps, { ...wanted, targets: [place], missing });
}

/** Until the object is gone, which the commit no longer names. */
export async function remove(deps: Deps, { place, ...wanted }: Placement): Promise<void> {
  const missing = async () => (await stillThere(deps, place)) ?? (await stillDeployed(deps, place));
  const going = () => isGoing(deps, place);
  await deployerOf(deps).remove(deps, { ...wanted, targets: [place], missing, isGoing: going });
}

/** While the target branch names it the deployer has it, there or not: then only the look at the cluster tells. */
async function stillDeployed(deps: Deps, place: ConsumerPlace): Promise<string | undefined> {
  const deployer = deployerOf(deps);
  if (deployer.has === undefined) return undefined;
  if ((await specAt(deps, place, await freshTarget(deps))) !== undefined) return undefined;
  return deployer.has(deps, place);
}
