import { activityInfo } from '@temporalio/activity';
import type { Job } from '../../core/run/job.ts';
import type { JobReference } from '../../core/run/jobReference.ts';
import type { Deps } from '../deps.ts';

/** Jobs that are kept, so that each run's history is read once by a worker. */
const KEPT = 50;

/** The jobs that runs refer to, from their histories. */
export class PlannedJobs {
  readonly #deps: Pick<Deps, 'runs'>;
  readonly #jobs = new Map<string, Promise<Job>>();

  constructor(deps: Pick<Deps, 'runs'>) {
    this.#deps = deps;
  }

  /** The job that the activity under way is given. Each attempt has one of its own. */
  async jobOf(reference: JobReference): Promise<Job> {
    const { workflowId = '', runId = '' } = activityInfo().workflowExecution ?? {};
    const key = [runId, reference.plannedBy, reference.changeId].join(' ');
    const reading = this.#jobs.get(key) ?? this.#deps.runs.plannedJob(workflowId, runId, reference);
    this.#keep(key, reading);
    try {
      return { ...structuredClone(await reading), ...reference.changed };
    } catch (error) {
      this.#jobs.delete(key);
      throw error;
    }
  }

  /** The one that was asked for longest ago goes. */
  #keep(key: string, reading: Promise<Job>): void {
    this.#jobs.delete(key);
    this.#jobs.set(key, reading);
    const [oldest] = this.#jobs.keys();
    if (this.#jobs.size > KEPT && oldest !== undefined) this.#jobs.delete(oldest);
  }
}
