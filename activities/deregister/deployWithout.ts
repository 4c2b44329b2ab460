import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { changeIsLive, describe } from '../state/ourResources.ts';
import { deployChange } from '../waits/deployChange.ts';

/** Brings the removal of our entries to these live resources. Those that never named our entry are left alone. */
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
  await deployChange(deps, job, { purpose, step: 'syncBlueprint', resources: ours, missing });
}
