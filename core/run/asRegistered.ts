import type { Job } from './job.ts';

/** The registration that a removal takes out, as a job: what undoes a removal is what made it. */
export function asRegistered(job: Job): Job {
  const { removal: _removal, ...registered } = job;
  return registered;
}
