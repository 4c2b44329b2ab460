import { sameDuration, sameQuantity } from './kubernetesValues.ts';

/**
 * JSON pointers (RFC 6901) of the fields that `wanted` names and `live` says otherwise. Fields only `live` has are
 * defaults or status, and what the API server drops or rewrites counts as the same. Paths only, never values: a ConfigMap or an
 * env entry may hold what must not be shown.
 */
export function driftPaths(wanted: unknown, live: unknown, at = ''): readonly string[] {
  if (wanted === null || (live === undefined && isDropped(wanted))) return [];
  if (Array.isArray(wanted)) {
    if (!Array.isArray(live) || live.length !== wanted.length) return [at];
    return wanted.flatMap((entry, i) => driftPaths(entry, live[i], `${at}/${i}`));
  }
  if (typeof wanted === 'object') {
    if (typeof live !== 'object' || live === null || Array.isArray(live)) return [at];
    const found = live as Record<string, unknown>;
    return Object.entries(wanted).flatMap(([key, value]) => driftPaths(value, found[key], `${at}/${escape(key)}`));
  }
  return live === wanted || sameRewritten(wanted, live, at) ? [] : [at];
}

/**
 * Whether a path of {@link driftPaths} is one that `allowedDrift` names, or lies below one: JSON pointers are compared by whole
 * keys, so `/env/1` does not name `/env/11`. `/` names the whole resource.
 */
export function isAllowedDrift(path: string, allowed: readonly { readonly path: string }[]): boolean {
  return allowed.some((entry) => `${path}/`.startsWith(`${entry.path.replace(/\/+$/, '')}/`));
}

/** Empty fields of built-in kinds are not stored; an empty string is kept only where strings are data. */
function isDropped(wanted: unknown): boolean {
  return wanted === false || wanted === 0 || (typeof wanted === 'object' && Object.keys(wanted ?? {}).length === 0);
}

/** `1000m` comes back as `1`; External Secrets writes `1h` back as `1h0m0s`. */
function sameRewritten(wanted: unknown, live: unknown, at: string): boolean {
  if (/\/(limits|requests)\/[^/]+$|\/sizeLimit$/.test(at)) return sameQuantity(String(wanted), String(live));
  if (at.endsWith('/refreshInterval')) return sameDuration(String(wanted), String(live));
  return wanted === '' && live === undefined && at.endsWith('/value');
}

function escape(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
