import { entryOf } from '../../core/changes/entry.ts';
import { isExtraFile } from '../../core/changes/extraFiles.ts';
import {
  pathsRead,
  planFileChanges,
  planFileRemovals,
  type FileChangePlan,
  type FileRemoval,
} from '../../core/changes/fileChanges.ts';
import type { EditStep } from '../../core/changes/fileEdit.ts';
import type { PlannedEdit } from '../../core/changes/plannedEdit.ts';
import {
  restoreEntries,
  stillThere,
  removeEntries,
  type FileTakenBack,
  type PlannedChange,
} from '../../core/changes/removals.ts';
import { type Job, changedBy, updatedBy } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { EDIT_STEPS } from './runBranch.ts';

/** Texts of the files that these steps edit, at a commit. */
async function texts(deps: Deps, job: Job, commit: string): Promise<ReadonlyMap<string, string | undefined>> {
  const found = new Map<string, string | undefined>();
  const { names, former, formerSecrets } = job;
  const kustomization = await deps.git.readFile(commit, deps.installation.authentik.blueprints.file);
  const paths = pathsRead(job.registration, deps.installation, {
    names,
    ...(kustomization === undefined ? {} : { kustomization }),
    ...(former === undefined ? {} : { former }),
    ...(formerSecrets === undefined ? {} : { formerSecrets }),
  });
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

/**
 * The entries of a change as they stand in the files at a commit, by what taking them out would do. Of a registration a further file
 * that is gone is left out, for a release may have taken a changelog fragment up already.
 */
export async function planStanding(deps: Deps, job: Job, commit: string): Promise<readonly FileRemoval[]> {
  if (job.removal === undefined) {
    const all = await planRemovals(deps, job, commit);
    const others = all.filter((each) => !isExtraFile(each));
    return others.length === 0 ? all : all.filter((each) => !isExtraFile(each) || each.kind !== 'alreadyGone');
  }
  const there = stillThere(planInput(deps, job, EDIT_STEPS, await texts(deps, job, commit)), job.removal.file);
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
