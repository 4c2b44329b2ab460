import type { Job } from './job.ts';

/** The activities that make a run's job: it is in their result, which the run's history keeps. */
export type Planning = 'preflight' | 'planRemoval' | 'preflightRotation';

/**
 * A job as the activities of its run are given it: where the history holds it, and what has become of it since. So it stands there
 * once, and not again in the input of each step.
 */
export interface JobReference {
  readonly client: string;
  readonly changeId: string;
  /** {@link NO_PLACE}, where a job has the digest of its worker's places. */
  readonly digest: typeof NO_PLACE;
  readonly plannedBy: Planning;
  /** What the run has replaced since; absent where the job is as it was planned. */
  readonly changed?: Partial<Job>;
}

/**
 * Stands where releases that know no references look for the places of a job: such a worker refuses the activity as of another release,
 * and the run waits for one that knows them.
 */
const NO_PLACE = 'v3:as planned';

/** Refers to a job of a run, which may have made another of it since it was planned. */
export function referenceTo(job: Job, plannedBy: Planning, planned: Job): JobReference {
  const was: Readonly<Record<string, unknown>> = { ...planned };
  const changed = Object.fromEntries(Object.entries(job).filter(([field, value]) => value !== was[field]));
  return {
    client: job.client,
    changeId: job.changeId,
    digest: NO_PLACE,
    plannedBy,
    ...(Object.keys(changed).length === 0 ? {} : { changed }),
  };
}

/** Whether an activity was given a reference; of runs of earlier releases it was given the job itself. */
export function isReference(given: unknown): given is JobReference {
  return typeof given === 'object' && given !== null && 'plannedBy' in given;
}

/** Whether an argument of an activity is a job: requests have the same ids, but neither names nor edits. */
export function isJob(argument: unknown): argument is Job {
  return typeof argument === 'object' && argument !== null && 'names' in argument && 'edits' in argument;
}
