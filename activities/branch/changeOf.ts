import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';

interface ChangePlace extends Pick<Job, 'changeId' | 'branch' | 'base' | 'continued'> {
  /** Base that a dead run deployed from, where the target has moved since. */
  readonly formerBase?: string;
}

/** What every job says of its change: where it stands, and how this installation lands it. */
export function changeOf(
  deps: Deps,
  client: string,
  { changeId, branch, base, continued, formerBase }: ChangePlace,
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
