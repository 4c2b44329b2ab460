/**
 * Whether `live` says everything that `wanted` says. Fields that only `live` has are defaults or status; lists must have the
 * same length and cover each other entry by entry.
 */
export function covers(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(live) && live.length === wanted.length && wanted.every((entry, i) => covers(live[i], entry));
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof live !== 'object' || live === null) return false;
    const found = live as Record<string, unknown>;
    return Object.entries(wanted).every(([key, value]) => covers(found[key], value));
  }
  return live === wanted;
}
