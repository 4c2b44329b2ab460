import type { RotationPolicy, ScheduledBy } from '../../core/registration/rotationPolicy.ts';

/** Who made a Schedule: a registration's policy, or a person by whatever means. */
export interface FoundSchedule extends ScheduledBy {
  readonly by: 'registration' | 'person';
  /** Undefined where it was made by other means than ours. */
  readonly policy: RotationPolicy | undefined;
  /** What a person said it is for: Temporal's own note is overwritten by each pause. */
  readonly note?: string;
}

/** The Schedule of one client in Temporal. Throws `RegistrarError` of system `Temporal`. */
export interface RotationSchedules {
  /** Undefined where there is none. */
  read(client: string): Promise<FoundSchedule | undefined>;
  /** Makes it, or gives the one that is there other times. Its history stays, and what the options do not say. */
  put(client: string, policy: RotationPolicy, options: PutOptions): Promise<'created' | 'changed'>;
  /** Absent is success. */
  remove(client: string): Promise<{ readonly removed: boolean }>;
}

export interface PutOptions {
  readonly by: FoundSchedule['by'];
  /** What it is for, shown by `temporal schedule describe` and the UI. */
  readonly note?: string;
  readonly paused?: boolean;
}
