import { deployedBelow, deployedEntry, isDeployed, type Deployed } from './deployed.ts';
import { keyIn } from '../base/keyedLists.ts';
import { sameDuration, sameQuantity } from './kubernetesValues.ts';
import { own } from '../base/own.ts';

/**
 * JSON pointers (RFC 6901) of the fields that `wanted` names and `live` says otherwise. Fields only `live` has are
 * defaults or status, and what the API server drops or rewrites counts as the same. Paths only, never values: a ConfigMap or an
 * env entry may hold what must not be shown.
 */
export function driftPaths(wanted: unknown, live: unknown, at = ''): readonly string[] {
  return drift(wanted, live, { at, field: '', keyed: false, deployed: undefined });
}

/**
 * What {@link driftPaths} says of a value, of a whole object: the lists of a pod template are compared by the keys of
 * their entries, and one that only `live` has counts where somebody has deployed it, for then a deployment of `wanted`
 * would take it away.
 */
export function objectDrift(wanted: unknown, live: unknown, deployed: Deployed, at: string): readonly string[] {
  return drift(wanted, live, { at, field: '', keyed: true, deployed });
}

interface Place {
  readonly at: string;
  /** Name of the field that holds the value. */
  readonly field: string;
  readonly keyed: boolean;
  readonly deployed: Deployed;
}

function drift(wanted: unknown, live: unknown, place: Place): readonly string[] {
  const { at, keyed, deployed } = place;
  if (wanted === null || (live === undefined && isDropped(wanted))) return [];
  if (Array.isArray(wanted)) return listDrift(wanted, live, place);
  if (typeof wanted === 'object') {
    if (typeof live !== 'object' || live === null || Array.isArray(live)) return [at];
    const found = live as Record<string, unknown>;
    return Object.entries(wanted).flatMap(([key, value]) =>
      drift(value, own(found, key), {
        at: `${at}/${escape(key)}`,
        field: key,
        keyed,
        deployed: deployedBelow(deployed, key),
      }),
    );
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

function listDrift(wanted: readonly unknown[], live: unknown, place: Place): readonly string[] {
  const { at, field, keyed, deployed } = place;
  if (!Array.isArray(live)) return [at];
  const keyOf = keyed ? keyIn(field, wanted, live) : undefined;
  if (keyOf === undefined) {
    if (live.length !== wanted.length) return [at];
    return wanted.flatMap((entry, i) =>
      drift(entry, live[i], { at: `${at}/${i}`, field: '', keyed, deployed: undefined }),
    );
  }
  const entryAt = (key: string, i: number): Place => ({
    ...place,
    at: `${at}/${i}`,
    field: '',
    deployed: deployedEntry(deployed, field, key),
  });
  const there = new Map(live.map((entry) => [keyOf(entry), entry as unknown]));
  const named = new Set(wanted.map(keyOf));
  return [
    ...wanted.flatMap((entry, i) =>
      there.has(keyOf(entry)) ? drift(entry, there.get(keyOf(entry)), entryAt(keyOf(entry), i)) : [`${at}/${i}`],
    ),
    ...live.flatMap((entry, i) => {
      const extra = !named.has(keyOf(entry)) && isDeployed(deployedEntry(deployed, field, keyOf(entry)));
      return extra ? [`${at}/${i}`] : [];
    }),
  ];
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

/** A key as a JSON pointer writes it. */
export function escape(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
