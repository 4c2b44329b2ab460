import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import { type Job, changesResource } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { stillNames } from '../state/ourResources.ts';
import { deployChange } from '../waits/deployChange.ts';

/** Brings the removal of our entries to these live resources. Those that never named our entry are left alone. */
export async function deployWithout(
  deps: Deps,
  job: Job,
  purpose: string,
  resources: readonly OurResource[],
): Promise<void> {
  const ours = resources.filter((resource) => changesResource(job, resource));
  const missing = (): Promise<string | undefined> => stillNames(deps, job, ours);
  await deployChange(deps, job, { purpose, step: 'syncBlueprint', resources: ours, missing });
}
