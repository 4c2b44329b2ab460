import { setTimeout } from 'node:timers/promises';

/**
 * The attempt of an activity in whose name an adapter writes. Temporal may have given it up, and had the run undone, without the
 * attempt knowing it: its worker was cut off, or stopped and went on later.
 */
export interface Attempt {
  /**
   * Every adapter asks right before each request that changes something, and again before it repeats one. Returns for how many
   * milliseconds the request may last, at most `limitMs`; it must be sent at once. Throws `AttemptOver`.
   */
  timeFor(limitMs: number): Promise<number>;
  /**
   * Waits `ms` milliseconds before an adapter looks again; returns false at once where the attempt's time ends before that. A cancel
   * of the activity ends it by throwing.
   */
  pause(ms: number): Promise<boolean>;
}

/** For commands that a person runs, and for whatever else nobody takes back. */
export const NO_ATTEMPT: Attempt = {
  timeFor: async (limitMs) => limitMs,
  pause: async (ms) => {
    await setTimeout(ms);
    return true;
  },
};
