import type { SystemName } from '../base/errors.ts';

/**
 * What something that was looked at means for a run.
 *
 * - `well`: it is as a run needs it.
 * - `warning`: runs do without it, or only some need it.
 * - `error`: a run would be refused, or fail.
 */
export type DoctorSeverity = 'well' | 'warning' | 'error';

export interface DoctorFinding {
  readonly system: SystemName;
  /** What was looked at, as `push` or `role in cluster edge`. */
  readonly what: string;
  readonly severity: DoctorSeverity;
  /** What was found, as a sentence without secrets. */
  readonly message: string;
  /** What a person can do about it; absent where nothing is amiss. */
  readonly remedy?: string;
}

/** What a worker found of everything that it works with. */
export interface Diagnosis {
  /** Release of the worker that looked. */
  readonly version: string;
  /** How long Temporal has to remember closed runs of this installation, in milliseconds. */
  readonly retentionMs: number;
  readonly findings: readonly DoctorFinding[];
}
