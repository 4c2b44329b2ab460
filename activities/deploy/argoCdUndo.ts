import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import { isSubset } from '../../core/kubernetes/isSubset.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { othersSince, partsOf, type Part } from '../../core/kubernetes/liveParts.ts';
import type { Manifest } from '../../core/kubernetes/manifests.ts';
import { type Job, changesResource } from '../../core/run/job.ts';
import type { Leftover } from '../../core/run/reports.ts';
import type { Deps } from '../deps.ts';
import { changeIsLive, describe, describeEntry, isOfChart, objectRef, stillChanged } from '../state/ourResources.ts';
import { manifestAfter, manifestAt } from '../state/manifest.ts';
import { orderOf } from '../branch/landing/order.ts';
import { planEdits } from '../branch/plans.ts';
import { readRunBranch } from '../branch/runBranch.ts';
import { NOTHING_LEFT, type UndoItem, type UndoRemainder } from '../kit/undoJournal.ts';
import { deployAt, followTarget, outlastOlderSyncs } from './argoCdSync.ts';
import type { UndoRequest } from './deployer.ts';
import { digestFor, livePartsOf } from './liveDigest.ts';
import { ownTargets } from './target.ts';
import { undoByTarget } from './targetUndo.ts';
import { holdsEntryOf, notAllowed } from './untouched.ts';

/** Takes what the job did to these live resources back: our entries out again, or in again for a removal. */
export async function takeBack(deps: Deps, wanted: UndoRequest): Promise<UndoRemainder> {
  const { job } = wanted;
  const purpose = `undo-${wanted.step}`;
  if (orderOf(job).ahead) return undoFromBase(deps, wanted, purpose);
  return undoByTarget(deps, wanted, async (ours, missing) => {
    await outlastOlderSyncs(deps);
    const source = await orderOf(job).before(deps, job);
    await followTarget(deps, { job, purpose, targets: ownTargets(deps, ours), missing, ...source });
  });
}

/**
 * Base is deployed, but only while the resource is as we deployed it: if someone has deployed since, nothing is touched, and our
 * entry is gone (done) or still there (listed).
 */
async function undoFromBase(
  deps: Deps,
  { job, resources, journal }: UndoRequest,
  purpose: string,
): Promise<UndoRemainder> {
  const ours = resources.filter((resource) => changesResource(job, resource));
  await outlastOlderSyncs(deps);
  const branch = await readRunBranch(deps, job);
  const there: OurResource[] = [];
  const kept: Leftover[] = [];
  for (const resource of ours) {
    if (!(await changeIsLive(deps, job, resource))) continue;
    if (await asDeployed(deps, job, branch.head, resource)) there.push(resource);
    else kept.push(keptLive(deps, job, resource));
  }
  if (kept.length > 0)
    return { kept: [...kept, ...there.map((resource) => keptBeside(deps, job, resource))], blocks: true };
  if (there.length === 0) return NOTHING_LEFT;
  const deeds = there.map((resource): UndoItem => ({
    what: describeEntry(deps, job, resource),
    done: `${describe(deps, resource)} is as at ${job.base.slice(0, 12)}`,
  }));
  await journal.begin(...deeds);
  await deployAt(deps, {
    job,
    purpose,
    ...(await orderOf(job).before(deps, job)),
    targets: ownTargets(deps, there),
    missing: () => stillChanged(deps, job, there),
  });
  journal.done(...deeds);
  return NOTHING_LEFT;
}

/** Whether the live resource is as we deployed it: then to deploy base takes away nothing but our change. */
async function asDeployed(deps: Deps, job: Job, head: string | undefined, resource: OurResource): Promise<boolean> {
  const live = await deps.cluster.get(objectRef(deps, resource));
  if (live === undefined) return false;
  const bases = [job.base, ...(job.formerBases ?? [])];
  const all = [
    head === undefined ? undefined : await manifestAt(deps, head, resource),
    ...(await Promise.all(bases.map((base) => editedAt(deps, job, base, resource)))),
  ];
  const manifests = all.filter((manifest) => manifest !== undefined);
  const field = resource === 'configMap' ? 'data' : 'spec';
  const asWritten =
    !isOfChart(deps, resource) &&
    manifests.some((wanted) => isSubset(withoutReplicas(live[field]), withoutReplicas(wanted[field])));
  return asWritten || asFound(deps, job, resource, manifests);
}

/**
 * Whether the live resource is as we deployed it, where Git's file is not what is deployed of it (a kustomization's
 * images, patches): our entry is as we wrote it, and all else as preflight found it, or as a sync of ours brought it.
 */
async function asFound(deps: Deps, job: Job, resource: OurResource, manifests: readonly Manifest[]): Promise<boolean> {
  const before = job.live?.[resource];
  const parts = await livePartsOf(deps, job, resource);
  if (before === undefined || parts === undefined) return false;
  if (!(await holdsEntryOf(deps, job, resource, manifests))) return false;
  const { container } = deps.installation.authentik.deployment;
  const written = manifests.map((manifest) => partsOf(resource, manifest, job.names, container).others);
  const others = othersSince(before, parts, digestFor(job)).filter(
    (path) => !written.some((each) => samePart(each.get(path), parts.others.get(path))),
  );
  return notAllowed(deps, resource, others, parts).length === 0;
}

function samePart(wanted: Part | undefined, live: Part | undefined): boolean {
  return wanted === undefined || live === undefined ? wanted === live : isSubset(live.value, wanted.value);
}

/** A person or an autoscaler who scales has not deployed. */
function withoutReplicas(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { replicas: _replicas, ...rest } = value as Record<string, unknown>;
  return rest;
}

/**
 * The manifest as our edits, made anew on a base, leave it: the branch itself no longer shows what is live once it was
 * rebased in mid-landing. Undefined where they cannot be made.
 */
async function editedAt(deps: Deps, job: Job, base: string, resource: OurResource): Promise<Manifest | undefined> {
  try {
    const plans = await planEdits(deps, job, ['patchExternalSecret', 'syncBlueprint'], base);
    return await manifestAfter(deps, base, plans, resource);
  } catch (error) {
    if (error instanceof RegistrarError && !error.retryable) return undefined;
    throw error;
  }
}

function keptBeside(deps: Deps, job: Job, resource: OurResource): Leftover {
  return {
    what: describeEntry(deps, job, resource),
    why: `it is taken back together with the others, which somebody has deployed since.`,
    remedy: `Sync ${describe(deps, resource)} from the target branch when it may be synced.`,
  };
}

function keptLive(deps: Deps, job: Job, resource: OurResource): Leftover {
  return {
    what: describeEntry(deps, job, resource),
    why: 'someone has deployed since, so base was not deployed over their work.',
    remedy: `Sync ${describe(deps, resource)} from the target branch when it may be synced.`,
  };
}
