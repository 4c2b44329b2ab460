/**
 * JSON pointers (RFC 6901) of the fields that `wanted` names and `live` says otherwise. Fields only `live` has are
 * defaults or status. Paths only, never values: a ConfigMap or an env entry may hold what must not be shown.
 */
export function driftPaths(wanted: unknown, live: unknown, at = ''): readonly string[] {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(live) || live.length !== wanted.length) return [at];
    return wanted.flatMap((entry, i) => driftPaths(entry, live[i], `${at}/${i}`));
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof live !== 'object' || live === null) return [at];
    const found = live as Record<string, unknown>;
    return Object.entries(wanted).flatMap(([key, value]) => driftPaths(value, found[key], `${at}/${escape(key)}`));
  }
  return live === wanted ? [] : [at];
}

function escape(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
