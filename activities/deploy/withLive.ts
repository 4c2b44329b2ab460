import type { Job } from '../../core/run/job.ts';
import type { Deps, FoundPlan } from '../deps.ts';
import { deployerOf } from './deployerOf.ts';

/** With what a job keeps of the live objects: of a run that died, what that one found before it changed them. */
export async function withLive(
  deps: Deps,
  job: Job,
  { continued, plan }: { readonly continued: boolean; readonly plan: FoundPlan | undefined },
): Promise<Job> {
  const live = continued ? plan?.job.live : await deployerOf(deps).digestLive(deps, job);
  return live === undefined ? job : { ...job, live };
}
