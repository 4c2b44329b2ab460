import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';

/** How long what others do may look like a failure, in forced-sync intervals: External Secrets refreshes within one. */
const INTERVALS = 3;

/** How long what moves by itself may stand still before it counts, in milliseconds. */
export function standstillMs({ installation }: Deps): number {
  return INTERVALS * installation.timings.forceSyncMs;
}

/**
 * Under `land: first` runs deploy side by side: a new pod may name a key that another run's ExternalSecret is about to
 * deliver. What looks broken counts only where it stands unchanged for so long, in milliseconds. Under `land: last` no other run
 * deploys, and it counts at once.
 */
export function patienceMs(deps: Deps, land: Job['land']): number {
  return land === 'first' ? standstillMs(deps) : 0;
}

/** Since when the same thing has been seen. */
export class StableFor {
  #what: string | undefined;
  #since = 0;

  /** Whether `what` has been seen on every look for so long. Nothing, or something else, begins anew. */
  lasts(what: string | undefined, ms: number): boolean {
    if (what === undefined || what !== this.#what) this.#since = Date.now();
    this.#what = what;
    return what !== undefined && Date.now() - this.#since >= ms;
  }
}

/** How far apart the looks of a wait are that ask for more than the others, in forced-sync intervals. */
const APART = 0.5;

/** What a wait asks once in a while, first when it has lasted as long. */
export class Spaced {
  readonly #apartMs: number;
  #last = Date.now();

  constructor({ installation }: Deps) {
    this.#apartMs = APART * installation.timings.forceSyncMs;
  }

  isDue(): boolean {
    if (Date.now() - this.#last < this.#apartMs) return false;
    this.#last = Date.now();
    return true;
  }
}
