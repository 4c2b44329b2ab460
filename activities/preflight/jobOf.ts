import { editOf, entryOf } from '../../core/changes/entry.ts';
import { formerConsumers, noLongerNamed } from '../../core/consumers/consumersOf.ts';
import type { PlannedEdit } from '../../core/changes/plannedEdit.ts';
import type { KnownFacts } from '../../core/registration/record.ts';
import { type Job, updatedBy } from '../../core/run/job.ts';
import { stoodOf } from './policy.ts';
import { repairOf } from './repair.ts';
import type { World } from './world.ts';

/** The job of what was read: with what stood before it, and what a repair has to do. Pure. */
export function jobOf(world: World): Job {
  const { job, standing } = world;
  // A dead run was judged when it began; whether it is finished or taken back is no policy's business.
  const stood = standing.continued ? standing.plan?.job.stood : stoodOf(world);
  const repair = repairOf(world);
  return { ...job, ...(stood === undefined ? {} : { stood }), ...(repair === undefined ? {} : { repair }) };
}

/** A client that was registered with other consumers leaves their entries behind, if they are not taken out with this change. */
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

function formerOf({ former, formerSecrets }: Job): Pick<Job, 'former' | 'formerSecrets'> {
  return {
    ...(former === undefined ? {} : { former }),
    ...(formerSecrets === undefined ? {} : { formerSecrets }),
  };
}

/**
 * Entries of former consumers that are gone, or that people have made theirs, are none of the plan's. Whose they were, a record
 * only claims: a role's files go where its playbook reads this client's field for them, a line of a kustomization goes with
 * an ExternalSecret that does, and neither goes anywhere else.
 */
export function withEdits(job: Job, edits: readonly PlannedEdit[]): Job {
  const ours = formerConsumers(job)
    .filter(({ written, entry }) => updatedBy({ edits }, entry(written.readsField)))
    .flatMap(({ written, entry }) => written.entries.map((place) => editOf(edits, entry(place))));
  const isFormer = ({ entry }: PlannedEdit): boolean => entryOf(entry).former === true;
  const known = new Set(ours);
  const going = edits.filter((edit) => !isFormer(edit) || (edit.kind === 'updated' && known.has(edit)));
  const { former: _former, formerSecrets: _secrets, ...rest } = job;
  const any = going.some(isFormer);
  return { ...rest, ...(any ? formerOf(job) : {}), edits: going };
}
