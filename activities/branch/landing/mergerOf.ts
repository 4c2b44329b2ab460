import type { Job } from '../../../core/run/job.ts';
import type { Merger } from './merger.ts';
import { people } from './people.ts';
import { push } from './push.ts';

/** Who brings the change of a job to the target branch. */
export function mergerOf({ landBy }: Pick<Job, 'landBy'>): Merger {
  return landBy === undefined ? push : people;
}
