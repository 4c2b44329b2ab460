import { ApiError } from './apiError.ts';

type Json = unknown;
type JsonObject = Record<string, unknown>;

/** JSON merge patch (RFC 7386). */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result = new Map<string, Json>(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, mergePatch(result.get(key), value));
  }
  return Object.fromEntries(result);
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value?: Json;
}

/**
 * JSON patch (RFC 6902), the operations that the job and the controllers use. As in the real server, a `test` for null
 * passes on a path that is absent, and one that fails is answered 422 without a word on why.
 */
export function jsonPatch(target: Json, operations: readonly Operation[]): Json {
  const result = structuredClone(target);
  for (const operation of operations) applyOne(result, operation);
  return result;
}

function applyOne(root: Json, operation: Operation): void {
  const keys = operation.path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() ?? '';
  const parent = keys.reduce<Json>(
    (at, key) => (isObject(at) || Array.isArray(at) ? (at as JsonObject)[key] : undefined),
    root,
  );
  if (!isObject(parent) && !Array.isArray(parent)) throw invalid();
  const holder = parent as JsonObject;
  switch (operation.op) {
    case 'test':
      if (JSON.stringify(holder[last] ?? null) !== JSON.stringify(operation.value ?? null)) {
        throw invalid();
      }
      return;
    case 'add':
      if (Array.isArray(parent)) parent.splice(last === '-' ? parent.length : Number(last), 0, operation.value);
      else holder[last] = operation.value;
      return;
    case 'replace':
      if (holder[last] === undefined) throw invalid();
      holder[last] = operation.value;
      return;
    case 'remove':
      if (holder[last] === undefined) throw invalid();
      if (Array.isArray(parent)) parent.splice(Number(last), 1);
      else delete holder[last];
      return;
    default:
      throw new ApiError(400, 'BadRequest', `unexpected kind: ${operation.op}`);
  }
}

function invalid(): ApiError {
  return new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request');
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
