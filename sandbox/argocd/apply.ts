import { RegistrarError } from '../../core/errors.ts';
import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { refOf } from '../deploymentController.ts';
import { sorted } from '../kubernetes/sorted.ts';

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

/** Whether applying would change anything: then the resource is OutOfSync. */
export function inSync(wanted: KubernetesObject, live: KubernetesObject): boolean {
  return stable(merged(wanted, live, alike)) === stable(live);
}

/** What the object would be after applying: fields that Git names, fields it no longer names gone, others as they are. */
function merged(wanted: KubernetesObject, live: KubernetesObject, list: ListMerge = whole): KubernetesObject {
  const last = live.metadata.annotations?.[LAST_APPLIED];
  const before = last === undefined ? {} : (JSON.parse(last) as unknown);
  return threeWay(before, wanted, live, list) as KubernetesObject;
}

type ListMerge = (before: unknown, wanted: readonly unknown[], live: unknown) => unknown;

/** Applying replaces a list as a whole. */
function whole(_before: unknown, wanted: readonly unknown[]): unknown {
  return wanted;
}

/** A comparison overlooks what the API server filled in inside the entries of a list. */
function alike(before: unknown, wanted: readonly unknown[], live: unknown): unknown {
  if (!Array.isArray(live) || live.length !== wanted.length) return wanted;
  const old = Array.isArray(before) && before.length === wanted.length ? (before as unknown[]) : [];
  return wanted.map((entry, i) => threeWay(old[i], entry, live[i] as unknown, alike));
}

function threeWay(before: unknown, wanted: unknown, live: unknown, list: ListMerge): unknown {
  if (Array.isArray(wanted)) return list(before, wanted, live);
  if (!isObject(wanted) || !isObject(live)) return wanted;
  const result: Record<string, unknown> = { ...live };
  const old = isObject(before) ? before : {};
  for (const key of Object.keys(old)) if (!(key in wanted)) delete result[key];
  for (const [key, value] of Object.entries(wanted)) result[key] = threeWay(old[key], value, live[key], list);
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
