import { RegistrarError } from '../../core/base/errors.ts';
import type { EditStep } from '../../core/changes/fileEdit.ts';
import type { Job } from '../../core/run/job.ts';
import type { Commit } from '../../integrations/git/repository.ts';
import type { Deps } from '../deps.ts';

/** Trailers that tag what a run commits; its own work is found again by them. */
export const CHANGE_TRAILER = 'Registrar-Change';
export const STEP_TRAILER = 'Registrar-Step';
/** Step name of the one commit that takes a landed change back. */
export const REVERT_STEP = 'revertChange';
/** Step name of the one commit that takes a registration out for good. */
export const REMOVE_STEP = 'deregister';

export const EDIT_STEPS: readonly EditStep[] = [
  'patchExternalSecret',
  'syncBlueprint',
  'renderAnsibleFiles',
  'deliverToConsumers',
];

export interface RunBranch {
  readonly head: string | undefined;
  /** The run's own commits on its branch, oldest first. */
  readonly commits: readonly Commit[];
  /** Commits that somebody else pushed there. */
  readonly foreign: readonly Commit[];
}

/** The run's branch as the remote has it now. */
export async function readRunBranch(deps: Deps, job: BranchOf): Promise<RunBranch> {
  await deps.git.fetch();
  return fetchedRunBranch(deps, job);
}

type BranchOf = Pick<Job, 'branch' | 'base' | 'changeId'>;

/** The run's branch as of the last fetch, for who has just fetched: each look at the remote is a journey there and back. */
export async function fetchedRunBranch(deps: Deps, job: BranchOf): Promise<RunBranch> {
  const head = await deps.git.head(job.branch);
  if (head === undefined) return { head, commits: [], foreign: [] };
  const all = await deps.git.log(job.base, head);
  // What is on the target already came with a rebase.
  const unlanded = await deps.git.log(await targetHead(deps), head);
  const isOwn = (commit: Commit): boolean => commit.trailers[CHANGE_TRAILER] === job.changeId;
  return { head, commits: all.filter(isOwn), foreign: unlanded.filter((commit) => !isOwn(commit)) };
}

/** Somebody's commit on the run's branch is neither landed nor lost. Throws `Refused`. */
export function refuseForeign(job: Pick<Job, 'branch'>, { foreign }: RunBranch): void {
  const [first] = foreign;
  if (first === undefined) return;
  throw new RegistrarError({
    system: 'Git',
    kind: 'Refused',
    message: `branch ${job.branch} holds commit ${first.sha.slice(0, 12)} "${first.subject}", which is not of this run`,
    remedy: 'Move that commit to a branch of its own and take it off the run branch, then start again.',
  });
}

export function commitOfStep(branch: RunBranch, step: string): Commit | undefined {
  return branch.commits.find((commit) => commit.trailers[STEP_TRAILER] === step);
}

export function worktreeOf(job: Pick<Job, 'client' | 'changeId'>): string {
  return `${job.client}-${job.changeId}`;
}

/** The commit under the run's first own commit. */
export async function baseOf(deps: Deps, head: string, target: string, changeId: string): Promise<string> {
  const landed = await deps.git.isAncestor(head, target);
  const commits = landed ? await deps.git.log(`${head}^`, head) : await deps.git.log(target, head);
  return underChange(commits, changeId) ?? target;
}

/** The commit under the first of these, oldest first, that is of this change. */
function underChange(commits: readonly Commit[], changeId: string): string | undefined {
  return commits.find(({ trailers }) => trailers[CHANGE_TRAILER] === changeId)?.parents[0];
}

/**
 * Paths that a merge of a branch into the target branch would change: of what people have squashed or rebased there it has none.
 * Undefined where only a person can tell.
 */
export async function unlandedPaths(deps: Deps, head: string, target: string): Promise<readonly string[] | undefined> {
  const commits = await deps.git.log(target, head);
  if (commits.some(({ parents }) => parents.length === 0)) return unlandedAnew(deps, commits, head, target);
  const merged = await deps.git.mergedTree(target, head);
  return merged === undefined ? undefined : deps.git.changedPaths(target, merged);
}

/**
 * The target branch was begun anew, and the branch goes back to the history of before. A merge without a commit in common takes what the
 * branch deleted for something that the target added, so the files themselves are compared, as the run found and left them.
 */
async function unlandedAnew(
  deps: Deps,
  commits: readonly Commit[],
  head: string,
  target: string,
): Promise<readonly string[] | undefined> {
  const changeId = commits.at(-1)?.trailers[CHANGE_TRAILER];
  const base = changeId === undefined ? undefined : underChange(commits, changeId);
  if (base === undefined) return undefined;
  const differ = new Set(await deps.git.changedPaths(target, head));
  return (await deps.git.changedPaths(base, head)).filter((path) => differ.has(path));
}

/** Head of the target branch now. Throws `NotFound`. */
export async function freshTarget(deps: Deps): Promise<string> {
  await deps.git.fetch();
  return targetHead(deps);
}

/** Head of the target branch as of the last fetch. Throws `NotFound`. */
export async function targetHead(deps: Deps): Promise<string> {
  const { branch } = deps.installation.gitops;
  const head = await deps.git.head(branch);
  if (head !== undefined) return head;
  throw new RegistrarError({
    system: 'Git',
    kind: 'NotFound',
    message: `the remote has no branch ${branch}`,
    remedy: 'Name the target branch in registrar.yaml, field gitops.branch.',
  });
}
