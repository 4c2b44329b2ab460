import { editOf, entryOf } from '../../core/changes/entry.ts';
import { formerConsumers, noLongerNamed } from '../../core/consumers/consumersOf.ts';
import type { PlannedEdit } from '../../core/changes/plannedEdit.ts';
import type { KnownFacts } from '../../core/registration/record.ts';
import { type Job, meetsOldPods, updatedBy } from '../../core/run/job.ts';
import { stoodOf } from './policy.ts';
import { repairOf } from './repair.ts';
import type { World } from './world.ts';

/** The job of what was read: with what stood before it, and what a repair has to do. Pure. */
export function jobOf(world: World): Job {
  const { job, standing } = world;
  // A dead run was judged when it began; whether it is finished or taken back is no policy's business.
  const stood = standing.continued ? standing.plan?.job.stood : stoodOf(world);
  const repair = repairOf(world);
  return {
    ...job,
    ...(world.unscheduled ? { unscheduled: true } : {}),
    ...(meetsOldPods(job) ? { renewsPods: true } : {}),
    ...(stood === undefined ? {} : { stood }),
    ...(repair === undefined ? {} : { repair }),
  };
}

/** The job with the consumers that the registration named before and no longer does: their entries go with it. */
export function withFormerConsumers(
  job: Job,
  cluster: string,
  dead: Job | undefined,
  known: KnownFacts | undefined,
): Job {
  if (dead !== undefined) return { ...job, ...formerOf(dead) };
  if (known === undefined) return job;
  return { ...job, ...noLongerNamed(known.delivered.consumers, job.registration, cluster) };
}

/** The job with its edits, but for those of former consumers that stay. */
export function withEdits(job: Job, edits: readonly PlannedEdit[]): Job {
  const going = withoutThoseLeft(job, edits);
  const { former: _former, formerSecrets: _secrets, ...rest } = job;
  const any = going.some(({ entry }) => entryOf(entry).former === true);
  return { ...rest, ...(any ? formerOf(job) : {}), edits: going };
}

/**
 * Of a former consumer those entries go that still stand as they were written; what is gone, or what people have made
 * theirs, is left out. That they were this client's a record only claims, so they go with the entry that reads this
 * client's vault field and not without it: a role's files with its playbook, a line of a kustomization with its
 * ExternalSecret.
 */
export function withoutThoseLeft<Edit extends PlannedEdit>(
  former: Pick<Job, 'former' | 'formerSecrets'>,
  edits: readonly Edit[],
): readonly Edit[] {
  const ours = formerConsumers(former)
    .filter(({ written, entry }) => updatedBy({ edits }, entry(written.readsField)))
    .flatMap(({ written, entry }) => written.entries.map((place) => editOf(edits, entry(place))));
  const known = new Set<PlannedEdit | undefined>(ours);
  return edits.filter((edit) => entryOf(edit.entry).former !== true || (edit.kind === 'updated' && known.has(edit)));
}

function formerOf({
  former,
  formerSecrets,
}: Pick<Job, 'former' | 'formerSecrets'>): Pick<Job, 'former' | 'formerSecrets'> {
  return {
    ...(former === undefined ? {} : { former }),
    ...(formerSecrets === undefined ? {} : { formerSecrets }),
  };
}
