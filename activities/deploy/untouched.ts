import { isSubset } from '../../core/kubernetes/isSubset.ts';
import { entryOfClient, type OurResource } from '../../core/kubernetes/ourEntries.ts';
import { isAllowedDrift } from '../../core/kubernetes/jsonDrift.ts';
import { addedByHand, othersSince, ownPaths, type LiveDigests, type Parts } from '../../core/kubernetes/liveParts.ts';
import type { Manifest } from '../../core/kubernetes/manifests.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { changeIsLive, liveBlueprints, syncResource } from '../state/ourResources.ts';
import { manifestAt } from '../state/manifest.ts';
import { drifted } from './drift.ts';
import { atRest } from '../kit/askedOnce.ts';
import { orderOf } from '../branch/landing/order.ts';
import { refused } from './applicationSource.ts';
import { comparedAnew, isComparedWith, statusOf } from './compared.ts';
import { digestFor, livePartsOf } from './liveDigest.ts';

/**
 * Nobody has deployed or changed these resources since preflight looked: a sync of ours, and the undo's, would take that away
 * again. A resource that holds our change as the run's branch has it was deployed by us. What Argo CD calls Synced at the run's
 * base is as Git has it, whoever brought it there. Throws `Refused`.
 */
export async function assertUntouched(deps: Deps, job: Job, resources: readonly OurResource[]): Promise<void> {
  if (!orderOf(job).ahead) return;
  for (const resource of resources) {
    const before = job.live?.[resource];
    const look = atRest(deps);
    const paths =
      before === undefined ? await sinceBase(look, job, resource) : await sincePreflight(look, job, resource, before);
    if (paths.length === 0) continue;
    const { kind, name } = syncResource(deps, resource);
    throw refused(
      `${kind} ${name} was deployed by somebody since this run began: it differs from ${before === undefined ? job.base.slice(0, 12) : 'what was found then'} at ${paths.join(', ')}`,
      'Start again: the next run begins at the newest head.',
    );
  }
}

async function sincePreflight(
  deps: Deps,
  job: Job,
  resource: OurResource,
  before: LiveDigests,
): Promise<readonly string[]> {
  if (await isOurs(deps, job, resource)) return [];
  const parts = await livePartsOf(deps, job, resource);
  if (parts === undefined) return ['/'];
  const own = ownSince(deps, job, resource, before, parts);
  if (own.length > 0) return own;
  const since = [...othersSince(before, parts, digestFor(job)), ...addedByHand(before, parts)];
  const others = notAllowed(deps, resource, since, parts);
  // Somebody may have put back what Git says.
  if (others.length === 0 || (await fromBase(deps, job, resource)).length === 0) return [];
  return unlessSynced(deps, job, resource, others);
}

/** Jobs of before there were digests: the raw file is compared. */
async function sinceBase(deps: Deps, job: Job, resource: OurResource): Promise<readonly string[]> {
  if (await changeIsLive(deps, job, resource)) return [];
  return unlessSynced(deps, job, resource, await fromBase(deps, job, resource));
}

/** Where the live object differs from the file at the run's base. */
async function fromBase(deps: Deps, job: Job, resource: OurResource): Promise<readonly string[]> {
  const repaired = job.repair === undefined ? undefined : job.names;
  const paths = [
    ...(await drifted(deps, job.base, resource, repaired)),
    ...(await addedKeys(deps, job.base, resource)),
  ];
  return notAllowed(deps, resource, paths);
}

/** Nothing where Argo CD, asked anew, says that the resource is as at the run's base; else the paths. */
async function unlessSynced(
  deps: Deps,
  { base }: Job,
  resource: OurResource,
  paths: readonly string[],
): Promise<readonly string[]> {
  if (paths.length === 0) return paths;
  const state = await comparedAnew(deps);
  const synced = statusOf(deps, state, resource) === 'Synced' && (await isComparedWith(deps, state, base));
  return synced ? [] : paths;
}

/** Our entry, where it is neither as preflight found it nor as we deploy it. */
function ownSince(deps: Deps, job: Job, resource: OurResource, before: LiveDigests, { own }: Parts): readonly string[] {
  const now = own === undefined ? undefined : digestFor(job)('', own);
  const { container } = deps.installation.authentik.deployment;
  return now === before.own ? [] : ownPaths(resource, job.names, container, own);
}

/**
 * Whether the resource holds our change, and as the run's branch has it: an entry of our name alone may be a person's. What is
 * deployed has just been fetched.
 */
async function isOurs(deps: Deps, job: Job, resource: OurResource): Promise<boolean> {
  if (!(await changeIsLive(deps, job, resource))) return false;
  const head = await deps.git.head(job.branch);
  return holdsEntryOf(deps, job, resource, [await manifestAt(deps, head ?? job.base, resource)]);
}

/** Whether our entry says live what one of these manifests has; that it has none, where none of them has. */
export async function holdsEntryOf(
  deps: Deps,
  job: Job,
  resource: OurResource,
  manifests: readonly (Manifest | undefined)[],
): Promise<boolean> {
  const parts = await livePartsOf(deps, job, resource);
  const { container } = deps.installation.authentik.deployment;
  return manifests.some((manifest) => {
    if (parts === undefined || manifest === undefined) return false;
    const wanted = entryOfClient(resource, manifest, job.names, container);
    return wanted === undefined ? parts.own === undefined : isSubset(parts.own, wanted);
  });
}

/** Paths that `allowedDrift` does not name: by index, as a JSON pointer has them, or by key, as they are shown. */
export function notAllowed(
  deps: Deps,
  resource: OurResource,
  paths: readonly string[],
  parts?: Parts,
): readonly string[] {
  const { kind, name } = syncResource(deps, resource);
  const allowed = deps.installation.allowedDrift.filter((entry) => entry.kind === kind && entry.name === name);
  return paths.filter((path) => {
    const pointer = parts?.others.get(path)?.pointer ?? path;
    return !isAllowedDrift(path, allowed) && !isAllowedDrift(pointer, allowed);
  });
}

/** Sections of the live ConfigMap that a base does not have. */
async function addedKeys(deps: Deps, base: string, resource: OurResource): Promise<readonly string[]> {
  if (resource !== 'configMap') return [];
  const wanted = await manifestAt(deps, base, 'configMap');
  const known = Object.keys(wanted?.['data'] ?? {});
  return Object.keys(await liveBlueprints(deps))
    .filter((key) => !known.includes(key))
    .map((key) => `/data/${key}`);
}
