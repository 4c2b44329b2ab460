import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import { holdTurn } from '../waits/turn.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import type { Deps } from '../deps.ts';
import { changeIsLive, describe } from '../state/ourResources.ts';
import { ensureRemoval, targetHead } from '../branch/runBranch.ts';

/**
 * Brings the removal of our entries to these live resources: deploys the run's branch, or under `land: first` follows the
 * target branch, where the change is already. Resources that never named our entry are left alone.
 */
export async function deployWithout(
  deps: Deps,
  job: Job,
  purpose: string,
  resources: readonly OurResource[],
): Promise<void> {
  const ours = resources.filter((resource) => changedBy(job, resource));
  const missing = async (): Promise<string | undefined> => {
    for (const resource of ours) {
      if (await changeIsLive(deps, job, resource)) continue;
      return `the live ${describe(deps, resource)} still names ${job.client}`;
    }
    return undefined;
  };
  const deployer = deployerOf(deps);
  if (job.land === 'last') {
    await holdTurn(deps, job);
    // The branch is the record by which a run that died is found, so it comes first, even where nothing is deployed.
    const commit = await ensureRemoval(deps, job);
    if (ours.length === 0) return;
    await deployer.assertUntouched(deps, job, ours);
    await deployer.deployCommit(deps, { job, purpose, commit, resources: ours, missing });
    return;
  }
  if (ours.length === 0) return;
  await deps.git.fetch();
  await deployer.deployTarget(deps, { job, purpose, resources: ours, head: await targetHead(deps), missing });
}
