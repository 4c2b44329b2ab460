import { RegistrarError } from '../../core/base/errors.ts';
import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { ApplyingCluster } from '../kubernetes/applyingCluster.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import { sorted } from '../kubernetes/sorted.ts';
import { keyed, listKeysOf } from '../kubernetes/typedValue.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** A controller writes the status between our read and our write more than once when it is busy. */
const TRIES = 10;

/** Applies one object as client-side apply does: three-way, by what was applied last. */
export async function applyObject(cluster: Cluster, wanted: KubernetesObject): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const live = await cluster.get(refOf(wanted));
    try {
      if (live === undefined) await cluster.create(annotated(wanted, wanted));
      else await cluster.replace(annotated(merged(wanted, live), wanted));
      return;
    } catch (error) {
      const overtaken = error instanceof RegistrarError && error.kind === 'Conflict';
      if (!overtaken || tries >= TRIES) throw error;
    }
  }
}

/** Applies one object by server-side apply; what others hold is taken over. */
export async function applyServerSide(cluster: ApplyingCluster, wanted: KubernetesObject): Promise<void> {
  await cluster.apply(wanted, { force: true });
}

/** Whether server-side apply would change anything, asked of the API server. */
export async function changesNothing(
  cluster: ApplyingCluster,
  wanted: KubernetesObject,
  live: KubernetesObject,
): Promise<boolean> {
  const answer = await cluster.apply(wanted, { force: true, dryRun: true });
  return 'object' in answer && stable(content(answer.object)) === stable(content(live));
}

function content({ metadata, status: _status, ...object }: KubernetesObject): unknown {
  const { labels, annotations } = metadata;
  return { ...object, metadata: { labels, annotations } };
}

/** Whether applying would change anything: then the resource is OutOfSync. */
export function inSync(wanted: KubernetesObject, live: KubernetesObject): boolean {
  return stable(merged(wanted, live, alike)) === stable(live);
}

/** What the object would be after applying: fields that Git names, fields it no longer names gone, others as they are. */
function merged(wanted: KubernetesObject, live: KubernetesObject, list: ListMerge = whole): KubernetesObject {
  const last = live.metadata.annotations?.[LAST_APPLIED];
  const before = last === undefined ? {} : (JSON.parse(last) as unknown);
  const merge: Merge = { list, keysOf: (field) => listKeysOf(wanted, field) };
  return threeWay(before, wanted, live, merge) as KubernetesObject;
}

interface Merge {
  /** Of a list whose entries have no keys. */
  readonly list: ListMerge;
  readonly keysOf: (field: string) => readonly string[] | undefined;
}

type ListMerge = (before: unknown, wanted: readonly unknown[], live: unknown, merge: Merge) => unknown;

/** Applying replaces such a list as a whole. */
function whole(_before: unknown, wanted: readonly unknown[]): unknown {
  return wanted;
}

/** A comparison overlooks what the API server filled in inside the entries of a list. */
function alike(before: unknown, wanted: readonly unknown[], live: unknown, merge: Merge): unknown {
  if (!Array.isArray(live) || live.length !== wanted.length) return wanted;
  const old = Array.isArray(before) && before.length === wanted.length ? (before as unknown[]) : [];
  return wanted.map((entry, i) => threeWay(old[i], entry, live[i] as unknown, merge));
}

function threeWay(before: unknown, wanted: unknown, live: unknown, merge: Merge, field = ''): unknown {
  if (Array.isArray(wanted)) {
    const keys = merge.keysOf(field);
    if (keys === undefined || !Array.isArray(live)) return merge.list(before, wanted, live, merge);
    return byKeys(Array.isArray(before) ? before : [], wanted, live, { keyOf: keyed(keys), merge });
  }
  if (!isObject(wanted) || !isObject(live)) return wanted;
  const result: Record<string, unknown> = { ...live };
  const old = isObject(before) ? before : {};
  for (const key of Object.keys(old)) if (!(key in wanted)) delete result[key];
  for (const [key, value] of Object.entries(wanted)) result[key] = threeWay(old[key], value, live[key], merge, key);
  return result;
}

/** Entries in the order of Git; one that only the cluster has stays behind the one that it stood behind. */
function byKeys(
  before: readonly unknown[],
  wanted: readonly unknown[],
  live: readonly unknown[],
  { keyOf, merge }: { readonly keyOf: (entry: unknown) => string; readonly merge: Merge },
): unknown {
  const [old, there] = [before, live].map((list) => new Map(list.map((entry) => [keyOf(entry), entry])));
  const result = wanted.map((entry) => threeWay(old?.get(keyOf(entry)), entry, there?.get(keyOf(entry)), merge));
  const named = new Set(wanted.map(keyOf));
  live.forEach((entry, i) => {
    if (named.has(keyOf(entry)) || old?.has(keyOf(entry)) === true) return;
    const behind = i === 0 ? '' : keyOf(live[i - 1]);
    result.splice(result.findIndex((each) => keyOf(each) === behind) + 1, 0, entry);
  });
  return result;
}

function annotated(object: KubernetesObject, wanted: KubernetesObject): KubernetesObject {
  const annotations = { ...object.metadata.annotations, [LAST_APPLIED]: JSON.stringify(wanted) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function stable(value: unknown): string {
  return JSON.stringify(sorted(value));
}
