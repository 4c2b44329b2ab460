import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { keyed, listKeysOf } from '../kubernetes/typedValue.ts';

type Json = unknown;
type JsonObject = Record<string, Json>;

/**
 * A strategic merge patch as kustomize applies it: objects are merged, null takes a field away, lists whose entries have keys are
 * merged by them with the patch's entries in front, every other list is replaced; `$patch` deletes or replaces. Undefined where
 * nothing is left.
 */
export function strategicMerge(
  value: Json,
  patch: Json,
  kind: Pick<KubernetesObject, 'apiVersion' | 'kind'>,
  field = '',
): Json {
  if (patch === null) return undefined;
  if (Array.isArray(patch)) return mergeLists(value, patch, kind, field);
  if (!isObject(patch)) return patch;
  const { $patch: directive, ...rest } = patch;
  if (directive === 'delete') return undefined;
  const base = directive === 'replace' || !isObject(value) ? {} : value;
  const result: JsonObject = { ...base };
  for (const [key, inner] of Object.entries(rest)) {
    const merged = strategicMerge(base[key], inner, kind, key);
    if (merged === undefined) delete result[key];
    else result[key] = merged;
  }
  return result;
}

function mergeLists(
  value: Json,
  patch: readonly Json[],
  kind: Pick<KubernetesObject, 'apiVersion' | 'kind'>,
  field: string,
): Json {
  const keys = listKeysOf(kind, field);
  const entries = patch.filter((entry) => !(isObject(entry) && Object.keys(entry).length === 1 && '$patch' in entry));
  if (keys === undefined || !Array.isArray(value) || entries.length < patch.length) return entries;
  const keyOf = keyed(keys);
  const there = new Map(value.map((entry: Json) => [keyOf(entry), entry]));
  const named = new Set(entries.map(keyOf));
  const front = entries
    .map((entry) => strategicMerge(there.get(keyOf(entry)), entry, kind))
    .filter((entry) => entry !== undefined);
  return [...front, ...value.filter((entry: Json) => !named.has(keyOf(entry)))];
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
