import { command } from '../../../core/run/commands.ts';
import { directionOf } from '../../../core/run/direction.ts';
import type { Job } from '../../../core/run/job.ts';
import type { LandResult, Leftover, StepReport, Undone } from '../../../core/run/reports.ts';
import type { Deps } from '../../deps.ts';
import { contentAt } from '../contentAt.ts';
import { editedTextMoved, propose, proposeRevert, withdraw, withdrawUnlessKept } from '../pullRequest.ts';
import type { LandedChange, Merger, Trace } from './merger.ts';
import { push } from './push.ts';

/** `landBy: pullRequest`: the job proposes branches, and what people made of them is told by content. */
export const people: Merger = {
  people: true,
  bring: proposed,
  bringRevert,
  landed: (deps, job, trace) =>
    job.edits.some((edit) => edit.kind !== 'alreadyThere')
      ? landedByContent(deps, job, trace)
      : push.landed(deps, job, trace),
  holds: async (deps, job, target) => (await contentAt(deps, job, target)) === 'all',
  async proposedBefore(deps, job, head, target) {
    if (head === undefined || (await deps.git.isAncestor(head, target))) return undefined;
    if (await editedTextMoved(deps, job, head)) return undefined;
    return (await contentAt(deps, job, head)) === 'all' ? head : undefined;
  },
  async withdraw(deps, job, branch, comment) {
    await withdraw(deps, job, branch, comment);
    return true;
  },
  async tidy(deps, job, branches, comment) {
    const kept: string[] = [];
    for (const branch of branches) if (!(await withdrawUnlessKept(deps, job, branch, comment))) kept.push(branch);
    return kept;
  },
};

async function proposed(deps: Deps, job: Job, commit: string): Promise<LandResult & StepReport> {
  const proposal = await propose(deps, job, commit);
  const note = `waits for the merge of ${proposal.address ?? proposal.branch}`;
  const { trouble } = proposal;
  return { state: 'proposed', proposal, note, ...(trouble === undefined ? {} : { warnings: [trouble] }) };
}

async function bringRevert(deps: Deps, job: Job, _target: string, makeCommit: () => Promise<string>): Promise<Undone> {
  const takesBack = async (commit: string): Promise<boolean> => (await contentAt(deps, job, commit)) === 'none';
  const { branch, address } = await proposeRevert(deps, job, makeCommit, takesBack);
  const pending = address ?? branch;
  const { deed } = directionOf(job);
  const kept: Leftover = {
    what: 'the change on the target branch',
    why: `${pending} takes it back and waits for its merge.`,
    remedy: `Merge it, then run ${command(deed, job.client, '--take-back')}; or keep the change and finish it: ${command(deed, job.client)}`,
  };
  return { undone: [], kept: [kept], blocks: true, pending };
}

/**
 * People squash, rebase and rewrite messages, and revert the same way: neither a hash nor a trailer need survive, so the
 * content decides. Without a trailer the commit is the head at which the content was seen.
 */
async function landedByContent(
  deps: Deps,
  job: Job,
  { head, change, revert }: Trace,
): Promise<LandedChange | undefined> {
  const content = await contentAt(deps, job, head);
  if (content === 'none')
    return change === undefined ? undefined : { commit: change, reverted: true, revert, whole: false };
  return { commit: change ?? head, reverted: false, revert: undefined, whole: content === 'all' };
}
