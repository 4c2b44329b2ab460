import { writtenConsumers } from '../../core/consumers/consumersOf.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { entryOf } from '../../core/changes/entry.ts';
import {
  pathsRead,
  planFileChanges,
  planFileRemovals,
  type FileChangePlan,
  type FileRemoval,
} from '../../core/changes/fileChanges.ts';
import { type Job, changedBy, updatedBy } from '../../core/run/job.ts';
import type { EditStep } from '../../core/changes/fileEdit.ts';
import type { PlannedEdit } from '../../core/changes/plannedEdit.ts';
import type { Commit } from '../../integrations/git/repository.ts';
import type { Deps } from '../deps.ts';
import {
  restoreEntries,
  stillThere,
  removeEntries,
  type FileTakenBack,
  type PlannedChange,
} from '../../core/changes/removals.ts';

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
export async function readRunBranch(deps: Deps, job: Pick<Job, 'branch' | 'base' | 'changeId'>): Promise<RunBranch> {
  await deps.git.fetch();
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

/** Texts of the files that these steps edit, at a commit. */
async function texts(deps: Deps, job: Job, commit: string): Promise<ReadonlyMap<string, string | undefined>> {
  const found = new Map<string, string | undefined>();
  const paths = pathsRead(job.registration, deps.installation, job);
  for (const path of job.removal?.file === undefined ? paths : [...paths, job.removal.file]) {
    found.set(path, await deps.git.readFile(commit, path));
  }
  return found;
}

function planInput(deps: Deps, job: Job, steps: readonly EditStep[], at: ReadonlyMap<string, string | undefined>) {
  return {
    registration: job.registration,
    installation: deps.installation,
    names: job.names,
    blueprintText: job.blueprint.asked ?? job.blueprint.text,
    steps,
    read: (path: string) => at.get(path),
    ...(job.former === undefined ? {} : { former: job.former }),
    ...(job.formerSecrets === undefined ? {} : { formerSecrets: job.formerSecrets }),
    ...(job.record === undefined ? {} : { record: job.record }),
    // The plan is made once: what had to be there as asked then is not ours to change later.
    ...(job.edits.length === 0 ? {} : { updates: (entry: string) => updatedBy(job, entryOf(entry)) }),
  };
}

/** What the edits of these steps would make of the files at a commit. Throws what the edits refuse. */
export async function planEdits(
  deps: Deps,
  job: Job,
  steps: readonly EditStep[],
  commit: string,
): Promise<readonly PlannedChange[]> {
  const input = planInput(deps, job, steps, await texts(deps, job, commit));
  if (job.removal !== undefined) return removeEntries(input, job.removal.file);
  return planFileChanges(input, (edit) => !isLeft(job, edit)).map((plan) =>
    plan.gone === true ? { ...plan, after: null } : plan,
  );
}

/**
 * What preflight has found not to be this change's is left as it is: a further file that stands, or was taken up since, and
 * entries that a record says were delivered for this client, and that were not.
 */
function isLeft({ edits }: Job, { entry: name }: Pick<PlannedEdit, 'entry'>): boolean {
  const entry = entryOf(name);
  const mayBeLeft = entry.place === 'file' || entry.former === true;
  return edits.length > 0 && mayBeLeft && !changedBy({ edits }, entry);
}

/** What the edits of a registration would make of the files at a commit, with the texts before. Throws what the edits refuse. */
export async function planTexts(deps: Deps, job: Job, commit: string): Promise<readonly FileChangePlan[]> {
  const input = planInput(deps, job, EDIT_STEPS, await texts(deps, job, commit));
  return planFileChanges(input, (edit) => !isLeft(job, edit));
}

/**
 * What taking entries out again would make of the files at a commit, others' changes kept. Those that this change made, where
 * nothing else is asked.
 */
export async function planRemovals(
  deps: Deps,
  job: Job,
  commit: string,
  which: (entry: string) => boolean = (entry) => changedBy(job, entryOf(entry)),
) {
  const input = planInput(deps, job, EDIT_STEPS, await texts(deps, job, commit));
  // Where an ExternalSecret of people was pointed to our field, only the text before tells where it pointed.
  const repointed = job.edits.some(
    ({ entry, kind }) => entryOf(entry).place === 'consumerSecret' && kind === 'changed',
  );
  const updated = job.edits.some((edit) => edit.kind === 'updated');
  if (!repointed && !updated) return planFileRemovals(input, which);
  const before = await texts(deps, job, job.base);
  const origin = (entry: string, path: string) => (updatedBy(job, entryOf(entry)) ? before.get(path) : undefined);
  return planFileRemovals(
    { ...input, ...(repointed ? { before: (path: string) => before.get(path) } : {}), ...(updated ? { origin } : {}) },
    which,
  );
}

/** The files that a registration touches, as they would be with this change made and all its entries taken out again. */
export async function textsWithoutOurs(
  deps: Deps,
  job: Job,
  commit: string,
): Promise<ReadonlyMap<string, string | undefined>> {
  const at = new Map(await texts(deps, job, commit));
  const put = (each: { readonly path: string; readonly after: string | null }): unknown =>
    at.set(each.path, each.after ?? undefined);
  for (const change of await planEdits(deps, job, EDIT_STEPS, commit)) put(change);
  const input = planInput(deps, job, EDIT_STEPS, new Map(at));
  for (const removal of planFileRemovals(input, (entry) => entryOf(entry).former !== true)) put(removal);
  return at;
}

/** What of a removal's entries stands in the files at a commit. */
export async function planStillThere(deps: Deps, job: Job, commit: string): Promise<readonly FileRemoval[]> {
  const there = stillThere(planInput(deps, job, EDIT_STEPS, await texts(deps, job, commit)), job.removal?.file);
  return there.filter(({ entry }) => changedBy(job, entryOf(entry)));
}

/** What takes a landed change back: its entries out again, or what it removed put back. `landed` is the change's commit. */
export async function planRevert(
  deps: Deps,
  job: Job,
  target: string,
  landed: string,
): Promise<readonly FileTakenBack[]> {
  if (job.removal === undefined) return planRemovals(deps, job, target);
  const at = async (commit: string) => {
    const found = await texts(deps, job, commit);
    return (path: string) => found.get(path);
  };
  const [parent] = (await deps.git.log(`${landed}^`, landed)).at(-1)?.parents ?? [];
  return restoreEntries({
    now: planInput(deps, job, EDIT_STEPS, await texts(deps, job, target)),
    edits: job.edits,
    registrationFile: job.removal.file,
    origins: await Promise.all([...(parent === undefined ? [] : [parent]), job.base].map(at)),
  });
}

export function summarise(plans: readonly PlannedChange[]): readonly PlannedEdit[] {
  return plans.map(({ step, entry, path, kind }) => ({ step, entry, path, kind }));
}

/** Commits the edits of one step on top of `parent`; nothing is pushed. */
export async function commitEdits(
  deps: Deps,
  job: Job,
  steps: readonly EditStep[],
  parent: string,
  stepName: string,
): Promise<string> {
  const plans = await planEdits(deps, job, steps, parent);
  const changes = plans
    .filter((plan) => plan.kind !== 'alreadyThere')
    .map((plan) => ({ path: plan.path, text: plan.after }));
  if (changes.length === 0) return parent;
  return deps.git.commit({
    parent,
    changes,
    subject: subjectOf(job, stepName),
    trailers: { [CHANGE_TRAILER]: job.changeId, [STEP_TRAILER]: job.removal === undefined ? stepName : REMOVE_STEP },
    worktree: worktreeOf(job),
  });
}

function subjectOf(job: Job, step: string): string {
  if (job.removal !== undefined) return `Deregister OIDC client ${job.client}`;
  const [ofConsumers] = writtenConsumers(job.registration).flatMap(
    ({ written }) => written.subject?.(job.client) ?? [],
  );
  const what: Record<string, string> = {
    patchExternalSecret: `Deliver the client secret of ${job.client} to Authentik`,
    syncBlueprint: `${updatedBy(job, 'configMap') ? 'Change' : 'Add'} the blueprint of ${job.client}`,
    renderAnsibleFiles: ofConsumers ?? `Add the files that go with ${job.client}`,
    deliverToConsumers: `Deliver the client secret of ${job.client} to its consumers`,
    landChange: `${updatedBy(job, 'configMap') ? 'Change' : 'Register'} OIDC client ${job.client}`,
  };
  return what[step] ?? `Register OIDC client ${job.client}: ${step}`;
}

export function worktreeOf(job: Pick<Job, 'client' | 'changeId'>): string {
  return `${job.client}-${job.changeId}`;
}

/** Commits the edits up to and with those of a step, each step's by itself; a removal is one commit. Nothing is pushed. */
export async function commitSteps(deps: Deps, job: Job, parent: string, upTo: EditStep = 'deliverToConsumers') {
  if (job.removal !== undefined) return commitEdits(deps, job, EDIT_STEPS, parent, REMOVE_STEP);
  let commit = parent;
  for (const step of EDIT_STEPS.slice(0, EDIT_STEPS.indexOf(upTo) + 1)) {
    commit = await commitEdits(deps, job, [step], commit, step);
  }
  return commit;
}

/**
 * Sees that the run's branch stands on the base and holds the edits of this step and of those before it, whatever an earlier
 * attempt, or a person, has done to it. Returns the commit to deploy.
 */
export async function ensureEdits(deps: Deps, job: Job, step: EditStep): Promise<string> {
  const branch = await readRunBranch(deps, job);
  refuseForeign(job, branch);
  const stands = branch.head !== undefined && (await deps.git.isAncestor(job.base, branch.head));
  const commit = await commitSteps(deps, job, stands ? (branch.head ?? job.base) : job.base, step);
  if (commit !== job.base && commit !== branch.head) {
    await deps.git.push({ commit, branch: job.branch, expected: branch.head ?? null });
  }
  return commit;
}

/** The commit under the run's first own commit. */
export async function baseOf(deps: Deps, head: string, target: string, changeId: string): Promise<string> {
  const landed = await deps.git.isAncestor(head, target);
  const commits = landed ? await deps.git.log(`${head}^`, head) : await deps.git.log(target, head);
  const first = commits.find((commit) => commit.trailers[CHANGE_TRAILER] === changeId);
  return first?.parents[0] ?? target;
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
