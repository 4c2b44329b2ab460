import type { Job } from '../../core/run.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import type { Deps, FoundPlan } from '../deps.ts';

interface Standing extends Pick<Job, 'changeId' | 'branch' | 'base' | 'continued'> {
  /** Base that a dead run deployed from, where the target has moved since. */
  readonly formerBase?: string;
}

/** What every job says of its change: where it stands, and how this installation lands it. */
export function changeOf(
  deps: Deps,
  client: string,
  { changeId, branch, base, continued, formerBase }: Standing,
): Pick<Job, 'client' | 'changeId' | 'branch' | 'base' | 'formerBases' | 'digest' | 'land' | 'landBy' | 'continued'> {
  const { land, landBy } = deps.installation.gitops;
  return {
    client,
    changeId,
    branch,
    base,
    ...(formerBase === undefined ? {} : { formerBases: [formerBase] }),
    digest: deps.digest,
    land,
    ...(landBy === 'pullRequest' ? { landBy } : {}),
    continued,
  };
}

/** With what a job keeps of the live objects: of a run that died, what that one found before it changed them. */
export async function withLive(
  deps: Deps,
  job: Job,
  { continued, plan }: { readonly continued: boolean; readonly plan: FoundPlan | undefined },
): Promise<Job> {
  const live = continued ? plan?.job.live : await deployerOf(deps).digestLive(deps, job);
  return live === undefined ? job : { ...job, live };
}
