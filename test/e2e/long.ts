import { it } from 'vitest';

/**
 * Whether every combination is tried: where each value of one thing meets each value of another. Without it each value is met
 * once, beside different ones of the other.
 */
export const LONG = process.env['TEST_LONG'] === 'true';

/** A test, or none: one that is skipped would read as one that could not be run. */
export function itWhere(wanted: boolean): typeof it | ((name: string, test: () => Promise<void>) => void) {
  return wanted ? it : () => undefined;
}
