import { driftPaths } from './jsonDrift.ts';

/**
 * Whether `live` says everything that `wanted` says. Fields that only `live` has are defaults or status; lists must have the
 * same length and cover each other entry by entry.
 */
export function isSubset(live: unknown, wanted: unknown): boolean {
  return driftPaths(wanted, live).length === 0;
}
