import { createHash } from 'node:crypto';
import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import { digestsOf, partsOf, type LiveDigests, type Parts } from '../../core/kubernetes/liveParts.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { objectRef, resourcesOf } from '../state/ourResources.ts';

/** Long enough for a change to be seen, too short for a value to be told by trying. */
const DIGITS = 8;

/** Of a part of a live object. It differs from run to run, so that two histories do not show whether a value is the same. */
export function digestFor({ changeId }: Pick<Job, 'changeId'>): (path: string, value: unknown) => string {
  return (path, value) =>
    createHash('sha256')
      .update(JSON.stringify([changeId, path, value], inOrder))
      .digest('hex')
      .slice(0, DIGITS);
}

/** Keys of an object in one order, whoever wrote it. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** A live object taken apart; undefined where there is none. */
export async function livePartsOf(
  deps: Deps,
  { names }: Pick<Job, 'names'>,
  resource: OurResource,
): Promise<Parts | undefined> {
  const live = await deps.cluster.get(objectRef(deps, resource));
  return live === undefined
    ? undefined
    : partsOf(resource, live, names, deps.installation.authentik.deployment.container);
}

/** What of the live objects a job keeps, to tell later what somebody has changed since. */
export async function digestLive(
  deps: Deps,
  job: Pick<Job, 'changeId' | 'names'>,
): Promise<Readonly<Partial<Record<OurResource, LiveDigests>>>> {
  const digest = digestFor(job);
  const all = await Promise.all(
    resourcesOf(job.names).map(async (resource) => {
      const parts = await livePartsOf(deps, job, resource);
      return parts === undefined ? [] : [[resource, digestsOf(parts, digest)] as const];
    }),
  );
  return Object.fromEntries(all.flat());
}
