import { covers } from '../../core/covers.ts';
import { TAKE_OVER_FROM } from '../../core/deployBy.ts';
import { RegistrarError } from '../../core/errors.ts';
import { FIELD_MANAGER, managersOf, updatersOf } from '../../core/managedFields.ts';
import type { Manifest } from '../../core/manifests.ts';
import { addedBy, touches, updatedBy, type Job, type Kept } from '../../core/run.ts';
import type { ApplyConflict, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { Deps } from '../deps.ts';
import {
  changeIsLive,
  describe,
  entryOf,
  fileOf,
  named,
  objectRef,
  RESOURCES,
  takenBackFrom,
  type ResourceName,
} from '../live.ts';
import { manifestAfter, manifestAt } from '../manifest.ts';
import { planEdits } from '../runBranch.ts';
import type { Left } from '../undoJournal.ts';
import { note, throwIfCancelled } from '../wait.ts';
import { documentOf, entryIn, fieldPathOf } from './applyDocument.ts';
import type { Deployer, Deployment, TakingBack } from './deployer.ts';
import { notRestored, repairDue } from './repairDue.ts';

/** How often an object that others write meanwhile is read again before the attempt ends with `Conflict`. */
const TRIES = 5;

/**
 * The job itself deploys, by server-side apply of its own entries under its own field manager. Everything else of the objects
 * stays with whoever applied it, so nothing that others deploy is shipped, overwritten or taken back. No field is taken
 * from another manager but `spec.data` of the ExternalSecret, and that only from those that `authentik.takeOverFrom` names; and in a
 * repair an entry of ours from whoever wrote it by an update, as `kubectl edit` does, for no apply of theirs holds on to it.
 */
export const serverSideApply: Deployer = {
  checks: [],
  checkLive: dryRun,
  // What others deploy meanwhile is not touched.
  digestLive: async () => undefined,
  assertUntouched: async () => undefined,
  deployCommit,
  deployTarget: (deps, wanted) => deployCommit(deps, { ...wanted, commit: wanted.head }),
  takeBack,
  overwriter: async () => ({
    system: 'Kubernetes',
    by: 'somebody changed it',
    remedy: 'Start again when nobody else deploys these objects; a run takes a few minutes.',
  }),
};

/** Every apply of the run, asked of the API server before anything changes: permissions, admission, other managers' fields. */
async function dryRun(deps: Deps, job: Job): Promise<readonly string[]> {
  const plans = await planEdits(deps, job, ['patchExternalSecret', 'syncBlueprint'], job.base);
  for (const resource of RESOURCES.filter((each) => touches(job, each))) {
    const manifest = await manifestAfter(deps, job.base, plans, resource);
    await applyEntry(deps, job, resource, wantedEntry(deps, job, resource, manifest, job.base), true);
  }
  return [];
}

async function deployCommit(deps: Deps, wanted: Deployment): Promise<void> {
  const { job, commit, resources } = wanted;
  const missing = (await wanted.missing()) ?? repairDue(deps, wanted);
  if (missing === undefined) return;
  note({ waiting: `${missing}; applying it as ${commit.slice(0, 12)} says` });
  for (const resource of resources.filter((each) => touches(job, each))) {
    const manifest = await manifestAt(deps, commit, resource);
    await applyEntry(deps, job, resource, wantedEntry(deps, job, resource, manifest, commit), false);
  }
  const still = (await wanted.missing()) ?? (await notRestored(deps, { job, resources, head: commit }));
  if (still === undefined) return;
  throw new RegistrarError({
    system: 'Kubernetes',
    kind: 'Failed',
    message: `applied what ${commit.slice(0, 12)} says, yet ${still}`,
    remedy: 'See what changes the object back: another controller or an admission rule.',
  });
}

/** What Git says of our entry. Throws `Failed` where it says nothing. */
function wantedEntry(
  deps: Deps,
  job: Job,
  resource: ResourceName,
  manifest: Manifest | undefined,
  commit: string,
): unknown {
  const { kind, name } = objectRef(deps, resource);
  const entry = manifest === undefined ? undefined : entryIn(deps, job, resource, manifest);
  if (entry !== undefined) return entry;
  throw new RegistrarError({
    system: 'Git',
    kind: 'Failed',
    message: `${fileOf(deps, resource)} at ${commit.slice(0, 12)} holds no entry of ${job.client} in ${kind} ${name}`,
    remedy: 'See who took it out, then start again.',
  });
}

/** Throws `Collision` where another entry of our name is live, `Refused` where another manager holds what we would change. */
async function applyEntry(
  deps: Deps,
  job: Job,
  resource: ResourceName,
  entry: unknown,
  onlyAsk: boolean,
): Promise<void> {
  await overtaken(async () => {
    const live = await liveObject(deps, resource);
    const there = entryIn(deps, job, resource, live);
    const repaired = job.repair?.deploy.includes(resource) ?? false;
    const old = await oldEntry(deps, job, resource);
    const expected = there === undefined || covers(there, entry) || (old !== undefined && covers(there, old));
    if (!expected && !repaired) throw otherEntry(deps, job, resource);
    const people = repaired ? updatersOf(live) : [];
    const document = documentOf(deps, job, resource, live, entry);
    const conflicts = await apply(deps, resource, document, { onlyAsk, mayYield: people });
    if (conflicts.length > 0) throw held(deps, resource, conflicts);
  });
}

/** What the entry said before it was updated; undefined where it was added. */
async function oldEntry(deps: Deps, job: Job, resource: ResourceName): Promise<unknown> {
  if (!updatedBy(job, resource)) return undefined;
  return wantedEntry(deps, job, resource, await manifestAt(deps, job.base, resource), job.base);
}

/**
 * Applies, and again with force where nobody stands against it but managers that may be overruled: those of `mayYield`, and of the
 * ExternalSecret's list those of `authentik.takeOverFrom`. Returns what stands.
 */
async function apply(
  deps: Deps,
  resource: ResourceName,
  document: KubernetesObject,
  { onlyAsk, mayYield }: { readonly onlyAsk: boolean; readonly mayYield: readonly string[] },
): Promise<readonly ApplyConflict[]> {
  throwIfCancelled();
  const first = await deps.cluster.apply(document, { dryRun: onlyAsk });
  if ('object' in first) return [];
  const lists = deps.installation.authentik.takeOverFrom ?? TAKE_OVER_FROM;
  const firm = first.conflicts.filter(({ manager, field }) => {
    const list = resource === 'externalSecret' && field === '.spec.data';
    return !mayYield.includes(manager) && !(list && lists.includes(manager));
  });
  if (firm.length > 0) return firm;
  // The resourceVersion is the same: no conflict can have come since.
  await deps.cluster.apply(document, { dryRun: onlyAsk, force: true });
  return [];
}

/**
 * Applies without our entry. Where another manager holds it too it stays, and is listed: it goes when that manager
 * applies the target branch.
 */
async function takeBack(deps: Deps, { job, resources, journal }: TakingBack): Promise<Left> {
  const kept: Kept[] = [];
  for (const resource of resources.filter((each) => addedBy(job, each))) {
    const isThere = (): Promise<boolean> =>
      updatedBy(job, resource) ? changeIsLive(deps, job, resource) : named(deps, job, resource);
    if (!(await isThere())) continue;
    const deed = {
      what: entryOf(deps, job, resource),
      done: updatedBy(job, resource)
        ? takenBackFrom(deps, job, resource)
        : `the entry of ${job.client} is out of ${describe(deps, resource)}`,
    };
    const old = await oldEntry(deps, job, resource);
    await journal.begin(deed);
    const conflicts = await overtaken(async () =>
      apply(deps, resource, documentOf(deps, job, resource, await liveObject(deps, resource), old), {
        onlyAsk: false,
        mayYield: [],
      }),
    );
    if (await isThere()) kept.push(await keptEntry(deps, job, resource, conflicts));
    else journal.done(deed);
  }
  return { kept, blocks: kept.length > 0 };
}

async function keptEntry(
  deps: Deps,
  job: Job,
  resource: ResourceName,
  conflicts: readonly ApplyConflict[],
): Promise<Kept> {
  const live = await liveObject(deps, resource);
  const holding = managersOf(live, fieldPathOf(deps, job, resource)).filter((manager) => manager !== FIELD_MANAGER);
  const by = holding.length > 0 ? holding : conflicts.map(({ manager }) => manager);
  return {
    what: entryOf(deps, job, resource),
    why: `field manager ${by.join(', ') || 'unknown'} holds it too, so leaving it out of our apply does not take it away.`,
    remedy: `Let that manager apply ${fileOf(deps, resource)} from the target branch, or take the entry out by hand.`,
  };
}

async function liveObject(deps: Deps, resource: ResourceName): Promise<KubernetesObject> {
  const live = await deps.cluster.get(objectRef(deps, resource));
  if (live !== undefined) return live;
  throw new RegistrarError({
    system: 'Kubernetes',
    kind: 'NotFound',
    message: `cluster ${deps.cluster.name} has no ${describe(deps, resource)}`,
    remedy: 'Deploy it first: the job adds its entries to objects that are there.',
  });
}

/** Reads again and repeats where somebody wrote between our read and our apply. */
async function overtaken<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RegistrarError) || error.kind !== 'Conflict' || tries >= TRIES) throw error;
    }
  }
}

function otherEntry(deps: Deps, job: Job, resource: ResourceName): RegistrarError {
  return new RegistrarError({
    system: 'Kubernetes',
    kind: 'Collision',
    message: `the live ${describe(deps, resource)} holds another entry under the name that ${job.client} needs`,
    remedy: addedBy(job, resource)
      ? 'Remove or rename it, then start again.'
      : `Start again as a repair ({"client":"${job.client}","repair":true}), or put it back as the target branch has it.`,
  });
}

function held(deps: Deps, resource: ResourceName, conflicts: readonly ApplyConflict[]): RegistrarError {
  const list = conflicts.map(({ manager, field }) => `${field} by ${manager}`).join(', ');
  const takeOver =
    resource === 'externalSecret'
      ? ', or name it in authentik.takeOverFrom of registrar.yaml if the job may take spec.data from it'
      : '';
  return new RegistrarError({
    system: 'Kubernetes',
    kind: 'Refused',
    message: `${describe(deps, resource)} cannot be applied: other field managers hold ${list}`,
    remedy: `Let that manager deploy (authentik.deployBy: argocd or external)${takeOver}.`,
  });
}
