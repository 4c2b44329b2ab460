import type { Timings } from '../installation/timings.ts';

/**
 * How long Temporal has to remember a run that has ended, in milliseconds: as long as the longest wait for people. A run that was
 * terminated or timed out is taken up again by its history, so that must be there for as long as people may take to come to it.
 * Beyond that nothing needs it: what is known for years stands in the vault and in Git.
 */
export function neededRetentionMs({ readyMs, confirmMs, mergeMs, deployMs, turnMs }: Timings): number {
  return Math.max(readyMs, confirmMs, mergeMs, deployMs, turnMs);
}
