import { deliveryOf } from './delivery.ts';
import { deployedBelow, deployedEntry, deployedOf, isDeployed, type Deployed } from './deployed.ts';
import { escape } from './jsonDrift.ts';
import { entryOfClient, withoutEntry, type OurResource } from './ourEntries.ts';
import { keyIn } from '../base/keyedLists.ts';
import { at } from '../base/own.ts';
import { deliveredOf } from '../names/delivered.ts';
import type { Names } from '../names/names.ts';

/** A part of an object that is compared as one value: an entry of a list by key, a key of a map, a field. */
export interface Part {
  readonly value: unknown;
  /** JSON pointer in the object as it is, by index where the path has a key. */
  readonly pointer: string;
  /** Somebody has deployed it; see `deployedOf`. */
  readonly deployed: boolean;
}

/** An object taken apart: our entry, and all else by path. */
export interface Parts {
  /** Undefined where the object holds no entry of ours. */
  readonly own: unknown;
  readonly others: ReadonlyMap<string, Part>;
  /** Each part counts, deployed or not: no controller of a cluster adds to such an object. */
  readonly strict: boolean;
}

interface Resource {
  readonly metadata: Parameters<typeof deployedOf>[0]['metadata'];
  readonly [field: string]: unknown;
}

/** What is compared field by field; every other field is one value. */
const SPINE = new Set([
  '/data',
  '/spec',
  '/spec/template',
  '/spec/template/metadata',
  '/spec/template/metadata/annotations',
  '/spec/template/metadata/labels',
  '/spec/template/spec',
]);
const CONTAINERS = new Set(['containers', 'initContainers']);

/**
 * What of a live object, or a manifest, says how it was deployed: `data` of a ConfigMap, `spec` of the two others. The number of
 * replicas is left out, for whoever scales, a person or an autoscaler, has not deployed.
 */
export function partsOf(holder: OurResource, object: Resource, names: Names, container: string): Parts {
  const { spec, data } = withoutEntry(holder, object, names);
  // Lists of an ExternalSecret are one value to the API server: a deployment takes away what it does not name.
  const deployed = holder === 'externalSecret' ? undefined : deployedOf(object);
  const others = new Map<string, Part>();
  collect(others, holder === 'configMap' ? { data } : { spec }, { path: '', pointer: '', deployed });
  others.delete('/spec/replicas');
  return { own: entryOfClient(holder, object, names, container), others, strict: holder !== 'deployment' };
}

interface Place {
  readonly path: string;
  readonly pointer: string;
  readonly deployed: Deployed;
}

function collect(
  into: Map<string, Part>,
  map: Readonly<Record<string, unknown>>,
  { path, pointer, deployed }: Place,
): void {
  for (const [field, value] of Object.entries(map)) {
    const place: Place = {
      path: `${path}/${escape(field)}`,
      pointer: `${pointer}/${escape(field)}`,
      deployed: deployedBelow(deployed, field),
    };
    const keyOf = Array.isArray(value) ? keyIn(field, value) : undefined;
    if (keyOf !== undefined) collectList(into, field, value as readonly unknown[], { ...place, keyOf });
    else if (isMap(value) && SPINE.has(place.path)) collect(into, value, place);
    else if (value !== undefined) put(into, value, place);
  }
}

function collectList(
  into: Map<string, Part>,
  field: string,
  list: readonly unknown[],
  { path, pointer, deployed, keyOf }: Place & { readonly keyOf: (entry: unknown) => string },
): void {
  list.forEach((entry, i) => {
    const place: Place = {
      path: `${path}/${escape(keyOf(entry))}`,
      pointer: `${pointer}/${i}`,
      deployed: deployedEntry(deployed, field, keyOf(entry)),
    };
    if (CONTAINERS.has(field) && isMap(entry)) {
      const { name: _key, ...fields } = entry;
      collect(into, fields, place);
    } else put(into, entry, place);
  });
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function put(into: Map<string, Part>, value: unknown, { path, pointer, deployed }: Place): void {
  into.set(path, { value, pointer, deployed: isDeployed(deployed) });
}

/** Where people find our entries in an object, as paths of {@link partsOf}; `own` is what they are, where they are there. */
export function ownPaths(holder: OurResource, names: Names, container: string, own?: unknown): readonly string[] {
  switch (holder) {
    case 'configMap':
      return [`/data/${escape(names.blueprintKey)}`];
    case 'externalSecret':
      return deliveredOf(names).map(({ secretKey }) => {
        const part = names.keptId === undefined ? own : at(own, secretKey);
        return `${hasLine(part) ? '/spec/target/template' : '/spec'}/data/${escape(secretKey)}`;
      });
    case 'deployment':
      return deliveredOf(names).map((each) => deliveryOf(each).path(container));
  }
}

function hasLine(own: unknown): boolean {
  return typeof own === 'object' && own !== null && 'line' in own;
}

/** What of a live object stands in a job, and so in Temporal's history: digests of its parts that count, never their text. */
export interface LiveDigests {
  /** Of our entry; absent where there was none. */
  readonly own?: string;
  readonly others: Readonly<Record<string, string>>;
}

type Digest = (path: string, value: unknown) => string;

export function digestsOf({ own, others, strict }: Parts, digest: Digest): LiveDigests {
  const counting = [...others].filter(([, part]) => strict || part.deployed);
  return {
    ...(own === undefined ? {} : { own: digest('', own) }),
    others: Object.fromEntries(counting.map(([path, { value }]) => [path, digest(path, value)])),
  };
}

/** Paths of others' parts that somebody has changed, taken away or deployed since. */
export function othersSince(before: LiveDigests, { others }: Parts, digest: Digest): readonly string[] {
  const added = [...others].flatMap(([path, { deployed }]) => (deployed && !(path in before.others) ? [path] : []));
  const changed = Object.entries(before.others).flatMap(([path, old]) => {
    const part = others.get(path);
    return part !== undefined && digest(path, part.value) === old ? [] : [path];
  });
  return [...changed, ...added];
}

/** Paths that nobody has deployed and that were not there, of an object in which each part counts. */
export function addedByHand(before: LiveDigests, { others, strict }: Parts): readonly string[] {
  if (!strict) return [];
  return [...others].flatMap(([path, { deployed }]) => (deployed || path in before.others ? [] : [path]));
}
