import type { ApplyingCluster } from './applyingCluster.ts';

/**
 * The same cluster, read as a controller does: from a cache, as informers keep one, that is never older than the store's
 * version. A controller that looks many times a second would else ask for the same objects over and over. What it reads
 * is shared, so it is frozen.
 */
export function cachedReads(cluster: ApplyingCluster, version: () => number): ApplyingCluster {
  let at = Number.NaN;
  let answers = new Map<string, Promise<unknown>>();
  async function cached<T>(question: unknown, ask: () => Promise<T>): Promise<T> {
    if (at !== version()) {
      at = version();
      answers = new Map();
    }
    const key = JSON.stringify(question);
    const mine = answers;
    const answer = mine.get(key) ?? ask().then((value) => frozen(value));
    mine.set(key, answer);
    try {
      return (await answer) as T;
    } catch (error) {
      mine.delete(key);
      throw error;
    }
  }
  return {
    name: cluster.name,
    allows: (rule) => cluster.allows(rule),
    get: (ref) => cached(['get', ref], () => cluster.get(ref)),
    list: (kind) => cached(['list', kind], () => cluster.list(kind)),
    create: (object) => cluster.create(object),
    replace: (object) => cluster.replace(object),
    apply: (object, options) => cluster.apply(object, options),
    mergePatch: (ref, patch) => cluster.mergePatch(ref, patch),
    jsonPatch: (ref, patch) => cluster.jsonPatch(ref, patch),
    delete: (ref, options) => cluster.delete(ref, options),
  };
}

function frozen<T>(value: T): T {
  freeze(value);
  return value;
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
}
