import { directionOf } from '../../core/run/direction.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Job } from '../../core/run/job.ts';
import type { LandResult, Proposal, StepReport } from '../../core/run/reports.ts';
import { assertStillDelivered, mergedButNotLive } from '../consumers/live.ts';
import type { Deps } from '../deps.ts';
import { findLanded } from '../branch/landed.ts';
import { editedTextMoved, pullRequestOf } from '../branch/pullRequest.ts';
import { assertStillLive, RESOURCES } from '../deploy/stillLive.ts';

/**
 * One look whether people have merged the proposal. Throws `NotYet` while they have not, and `Refused` where they have
 * decided otherwise: closed it, deleted its branch, or merged another text. The target branch alone says what is merged.
 */
export async function awaitMerge(deps: Deps, job: Job, proposal: Proposal): Promise<LandResult & StepReport> {
  // A forge that deletes a merged branch merges first: a branch seen gone is looked for on the target after that.
  await deps.git.fetch();
  const head = await deps.git.head(proposal.branch);
  const landed = await findLanded(deps, job);
  if (landed !== undefined && !landed.reverted) {
    const result = landedResult(job, landed, proposal);
    const warnings = await mergedButNotLive(deps, job);
    return warnings.length === 0 ? result : { ...result, warnings };
  }
  const pullRequest = await pullRequestOf(deps, proposal.branch);
  if (pullRequest?.state === 'closed') throw closed(`pull request ${pullRequest.address} was closed without a merge`);
  if (head === undefined) throw closed(`branch ${proposal.branch} was deleted, and its change is not on the target`);
  await assertStillLive(deps, job, RESOURCES);
  await assertStillDelivered(deps, job);
  if (head === proposal.commit && (await editedTextMoved(deps, job, head)))
    return { state: 'moved', note: 'the target moved under the files that are proposed: proposed anew' };
  throw new RegistrarError({
    system: 'Git',
    kind: 'NotYet',
    message: `${where(proposal)} is not merged yet`,
    remedy: 'Merge it, or close it and the run takes everything back.',
  });
}

function landedResult(
  job: Job,
  landed: { readonly commit: string; readonly whole: boolean },
  proposal: Proposal,
): LandResult & StepReport {
  if (landed.whole) {
    const note = `${where(proposal)} was merged; on the target as of ${landed.commit.slice(0, 12)}`;
    return { state: 'landed', commit: landed.commit, note };
  }
  throw new RegistrarError({
    system: 'Git',
    kind: 'Refused',
    message: `${where(proposal)} was merged, but the target branch does not hold its entries as they were proposed`,
    remedy: `Put what was changed in review into the registration file of ${job.client}. ${directionOf(job).undo('the entries')}, then start again.`,
  });
}

function where(proposal: Proposal): string {
  return proposal.address ?? `branch ${proposal.branch}`;
}

function closed(message: string): RegistrarError {
  return new RegistrarError({
    system: 'Git',
    kind: 'Refused',
    message,
    remedy: 'Start again when the change is wanted.',
  });
}
