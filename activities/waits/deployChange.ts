import type { EditStep } from '../../core/changes/fileEdit.ts';
import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import type { Job } from '../../core/run/job.ts';
import { orderOf, type Source } from '../branch/landing/order.ts';
import type { DeployRequest } from '../deploy/deployer.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import { ownTargets } from '../deploy/target.ts';
import type { Deps } from '../deps.ts';
import { holdTurn } from './turn.ts';

/** What Authentik's objects are deployed from, once it is this run's turn to change them. */
export async function ownSource(deps: Deps, job: Job, step: EditStep): Promise<Source> {
  await holdTurn(deps, job);
  return orderOf(job).change(deps, job, step);
}

interface Change extends Pick<DeployRequest, 'purpose' | 'missing'> {
  readonly resources: readonly OurResource[];
  readonly step: EditStep;
}

/**
 * Brings a change to live resources of Authentik, from the run's branch or from the target branch. The branch is the record by
 * which a run that died is found, so it comes first, even where there is nothing to deploy.
 */
export async function deployChange(deps: Deps, job: Job, { step, resources, ...wanted }: Change): Promise<void> {
  const source = await ownSource(deps, job, step);
  if (resources.length === 0) return;
  const deployer = deployerOf(deps);
  await deployer.assertUntouched(deps, job, resources);
  await deployer.deploy(deps, { ...wanted, job, targets: ownTargets(deps, resources), ...source });
}
