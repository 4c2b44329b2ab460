import { directionOf } from '../../core/run/direction.ts';
import { Context } from '@temporalio/activity';
import { isThereTimeFor } from '../kit/attemptTime.ts';
import { AttemptOver } from '../../core/base/attemptOver.ts';
import { RegistrarError, unlessRefused } from '../../core/base/errors.ts';
import { proposalBranch, revertBranch } from '../../core/names/labels.ts';
import type { Job } from '../../core/run/job.ts';
import type { Proposal } from '../../core/run/reports.ts';
import type { PullRequest } from '../../integrations/forge/forge.ts';
import type { Deps } from '../deps.ts';
import { CHANGE_TRAILER, targetHead } from './runBranch.ts';

/** Pushes `commit` to the branch that people merge, and opens the pull request where a token for the forge is given. */
export async function propose(deps: Deps, job: Job, commit: string): Promise<Proposal> {
  const branch = proposalBranch(job.branch);
  const head = await deps.git.head(branch);
  // What reviewers have pushed on top of it stays.
  if (head === undefined || !(await deps.git.isAncestor(commit, head)))
    await replace(deps, job, { branch, head, commit });
  const body = [
    `oidc-registrar proposes the ${directionOf(job).noun} of OIDC client **${job.client}** (change ${job.changeId}).`,
    '',
    ...job.edits.filter((edit) => edit.kind !== 'alreadyThere').map((edit) => `- \`${edit.path}\``),
    '',
    `A run waits for the merge, by any method. Closing this, or deleting the branch, makes it take everything back.`,
  ].join('\n');
  return openProposal(deps, branch, commit, {
    title: `${directionOf(job).verb} OIDC client ${job.client}`,
    body,
  });
}

/** Opens a pull request for the change that takes a landed one back. A branch that does so already is used again. */
export async function proposeRevert(
  deps: Deps,
  job: Job,
  makeCommit: () => Promise<string>,
  takesBack: (commit: string) => Promise<boolean>,
): Promise<Proposal> {
  const branch = revertBranch(job.branch);
  const head = await deps.git.head(branch);
  const usable = head !== undefined && (await mergesCleanly(deps, head, job)) && (await takesBack(head));
  const commit = usable ? head : await makeCommit();
  if (!usable) await replace(deps, job, { branch, head, commit });
  const body = [
    `oidc-registrar takes the ${directionOf(job).noun} of OIDC client **${job.client}** back (change ${job.changeId}):`,
    `its run could not be finished. Once this is merged, start the run again with \`takeBack\` to undo the rest.`,
  ].join('\n');
  return openProposal(deps, branch, commit, {
    title: `Take back the ${directionOf(job).noun} of OIDC client ${job.client}`,
    body,
  });
}

interface Replacement {
  readonly branch: string;
  readonly head: string | undefined;
  readonly commit: string;
}

/** Puts a branch of ours on another commit. Throws `Refused` where that would lose somebody's work. */
async function replace(deps: Deps, job: Job, { branch, head, commit }: Replacement): Promise<void> {
  if (head !== undefined) await refuseOthersWork(deps, job, branch, head);
  await deps.git.push({ commit, branch, expected: head ?? null });
}

async function openProposal(
  deps: Deps,
  branch: string,
  commit: string,
  words: { readonly title: string; readonly body: string },
): Promise<Proposal> {
  const opened = await openWhereAsked(deps, branch, words);
  const address = opened.address ?? deps.compareUrl(branch);
  return {
    branch,
    commit,
    ...(address === undefined ? {} : { address }),
    ...(opened.trouble === undefined ? {} : { trouble: opened.trouble }),
  };
}

/** How often a forge that does not answer is asked, before a run goes on without it. */
const TRIES = 3;

/** A run does not depend on the forge: the branch is there, and people can open the pull request as well. */
async function openWhereAsked(
  deps: Deps,
  branch: string,
  words: { readonly title: string; readonly body: string },
): Promise<{ readonly address?: string; readonly trouble?: string }> {
  try {
    const opened = await deps.forge?.open({ branch, ...words });
    return opened === undefined ? {} : { address: opened.address };
  } catch (error) {
    const { kind, message, remedy } = withoutForge(error);
    // That one says it is tried again, which is over.
    const hint = kind === 'RateLimited' ? '' : ` ${remedy}`;
    return { trouble: `the pull request of ${branch} is to be opened by hand: ${message}.${hint}` };
  }
}

/** So long a forge that limits requests is waited for: its "at least one minute". The run may hold the turn meanwhile. */
const LIMITED_MS = 60_000;

/** What the forge refused, or did not answer for so many tries; throws what is to be tried again, or is of no forge at all. */
function withoutForge(error: unknown): RegistrarError {
  if (!(error instanceof RegistrarError) || error instanceof AttemptOver) throw error;
  const { retryAfterMs: waitMs = 0 } = error;
  const again = waitMs <= LIMITED_MS && Context.current().info.attempt < TRIES && isThereTimeFor(waitMs);
  if (error.retryable && again) throw error;
  return error;
}

/** Whether the branch has something to merge, and the files that the change edits are the same on the target as where it left. */
async function mergesCleanly(deps: Deps, head: string, job: Job): Promise<boolean> {
  if (await deps.git.isAncestor(head, await targetHead(deps))) return false;
  return !(await editedTextMoved(deps, job, head));
}

/** Whether a file that we edit has changed on the target since a branch of ours left it. */
export async function editedTextMoved(deps: Deps, job: Job, head: string): Promise<boolean> {
  const target = await targetHead(deps);
  const ours = await deps.git.log(target, head);
  const first = ours.find((commit) => commit.trailers[CHANGE_TRAILER] === job.changeId);
  const left = first?.parents[0];
  if (left === undefined || left === target) return false;
  const moved = await deps.git.changedPaths(left, target);
  return job.edits.some((edit) => edit.kind !== 'alreadyThere' && moved.includes(edit.path));
}

/**
 * Sees that a proposal can no longer be merged: closes the pull request and deletes its branch, both if they are there.
 * Whether it was merged all the same is to be looked at afterwards. Throws `Refused` where others have pushed to the branch.
 */
export async function withdraw(deps: Deps, job: Job, branch: string, comment: string): Promise<void> {
  await deps.git.fetch();
  const head = await deps.git.head(branch);
  if (head !== undefined) await refuseOthersWork(deps, job, branch, head);
  await closeWhereOpen(deps, branch, comment);
  if (head !== undefined) await deps.git.deleteBranch(branch, head);
}

/** Deleting the branch is enough to make a merge impossible, so a forge that refuses, or does not answer for long, is no obstacle. */
async function closeWhereOpen(deps: Deps, branch: string, comment: string): Promise<void> {
  try {
    const found = await deps.forge?.find(branch);
    if (found?.state === 'open') await deps.forge?.close(found.number, comment);
  } catch (error) {
    withoutForge(error);
  }
}

/** Withdraws what is needed no longer. False where it was refused: others have pushed to it, which keeps it and hinders nothing. */
export async function withdrawUnlessKept(deps: Deps, job: Job, branch: string, comment: string): Promise<boolean> {
  try {
    await withdraw(deps, job, branch, comment);
    return true;
  } catch (error) {
    if (error instanceof RegistrarError && error.kind === 'Refused') return false;
    throw error;
  }
}

async function refuseOthersWork(deps: Deps, job: Job, branch: string, head: string): Promise<void> {
  const unlanded = await deps.git.log(await targetHead(deps), head);
  // "Update branch" merges the target into it, which is nobody's work.
  const foreign = unlanded.find(
    (commit) => commit.trailers[CHANGE_TRAILER] !== job.changeId && commit.parents.length < 2,
  );
  if (foreign === undefined) return;
  throw new RegistrarError({
    system: 'Git',
    kind: 'Refused',
    message: `branch ${branch} holds commit ${foreign.sha.slice(0, 12)} "${foreign.subject}", which is not of this run, so it is not deleted and may still be merged`,
    remedy: `Close its pull request, move that commit elsewhere, delete the branch, then run client ${job.client} again.`,
  });
}

/** The newest pull request of a branch; undefined where the forge cannot be asked now. */
export async function pullRequestOf(deps: Deps, branch: string): Promise<PullRequest | undefined> {
  return unlessRefused(async () => deps.forge?.find(branch));
}
