import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { FieldPath } from './fieldSet.ts';
import { sorted } from './sorted.ts';
import { own } from '../../core/base/own.ts';

type Json = unknown;
type JsonObject = Record<string, Json>;
type Kind = Pick<KubernetesObject, 'apiVersion' | 'kind'>;

/** Keys of the lists that are merged entry by entry (`x-kubernetes-list-map-keys` of the API's own schema). */
const LIST_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  ports: ['containerPort', 'protocol'],
  imagePullSecrets: ['name'],
};
const DEFAULTS: Readonly<Record<string, Json>> = { protocol: 'TCP' };
/** Objects that have one owner as a whole (`x-kubernetes-map-type: atomic`). */
const ATOMIC = new Set(['selector', 'nodeSelector', 'secretKeyRef', 'configMapKeyRef', 'fieldRef']);

/**
 * How the fields of a kind are owned and merged. The definition of ExternalSecret (0.20.4) names no list type, so every list of it
 * is atomic, `spec.data` above all.
 */
export class TypedValue {
  readonly #kind: Kind;

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  /** Each field of a value with what it says; the entry of a list by itself says nothing. */
  fields(value: Json, at: FieldPath = []): readonly (readonly [FieldPath, Json])[] {
    if (Array.isArray(value)) {
      const element = this.#elementOf(at);
      if (element === undefined) return [[at, value]];
      return value.flatMap((entry: Json) => {
        const path = [...at, element(entry)];
        return isObject(entry) ? [[path, undefined] as const, ...this.fields(entry, path)] : [[path, entry] as const];
      });
    }
    if (!isObject(value) || Object.keys(value).length === 0 || this.#isAtomic(at))
      return at.length === 0 ? [] : [[at, value]];
    return Object.entries(value).flatMap(([name, inner]) => this.fields(inner, [...at, `f:${name}`]));
  }

  /** Objects and lists by key are merged; anything else is replaced. */
  merge(live: Json, wanted: Json, at: FieldPath = []): Json {
    if (Array.isArray(wanted) && Array.isArray(live)) {
      const element = this.#elementOf(at);
      if (element === undefined) return wanted;
      const named = new Map(wanted.map((entry: Json) => [element(entry), entry]));
      const there = live.map((entry: Json) => {
        const path = element(entry);
        const other = named.get(path);
        named.delete(path);
        return other === undefined ? entry : this.merge(entry, other, [...at, path]);
      });
      return [...there, ...named.values()];
    }
    if (!isObject(wanted) || !isObject(live) || this.#isAtomic(at)) return wanted;
    const merged = Object.entries(wanted).map(([name, value]): [string, Json] => [
      name,
      this.merge(own(live, name), value, [...at, `f:${name}`]),
    ]);
    return { ...live, ...Object.fromEntries(merged) };
  }

  /** A value without one of its fields; what is left empty by it goes too. */
  remove(value: Json, path: FieldPath, at: FieldPath = []): Json {
    const [element, ...rest] = path;
    if (element === undefined) return undefined;
    if (Array.isArray(value)) {
      const elementOf = this.#elementOf(at);
      const left = value.flatMap((entry: Json) => {
        if (elementOf?.(entry) !== element) return [entry];
        const inner = this.remove(entry, rest, [...at, element]);
        return inner === undefined ? [] : [inner];
      });
      return left.length === 0 ? undefined : left;
    }
    if (!isObject(value)) return value;
    const name = element.slice(2);
    const { [name]: found, ...others } = value;
    if (found === undefined) return value;
    const inner = this.remove(found, rest, [...at, element]);
    const left = inner === undefined ? others : { ...value, [name]: inner };
    return Object.keys(left).length === 0 ? undefined : left;
  }

  /** How an entry of a list is named; undefined where the list is owned as a whole. */
  #elementOf(at: FieldPath): ((entry: Json) => string) | undefined {
    const field = at.at(-1) ?? '';
    if (at.length === 2 && at[0] === 'f:metadata') {
      if (field === 'f:finalizers') return (entry) => `v:${JSON.stringify(entry)}`;
      if (field === 'f:ownerReferences') return keyed(['uid']);
    }
    if (!field.startsWith('f:')) return undefined;
    const keys = listKeysOf(this.#kind, field.slice(2));
    return keys === undefined ? undefined : keyed(keys);
  }

  #isAtomic(at: FieldPath): boolean {
    return isBuiltIn(this.#kind) && ATOMIC.has((at.at(-1) ?? '').slice(2));
  }
}

function isBuiltIn({ apiVersion }: Kind): boolean {
  return apiVersion === 'v1' || apiVersion.startsWith('apps/');
}

/** By which keys the entries of a list are told apart; undefined where the list is one value. */
export function listKeysOf(kind: Kind, field: string): readonly string[] | undefined {
  if (!isBuiltIn(kind)) return undefined;
  return kind.kind === 'Service' && field === 'ports' ? ['port', 'protocol'] : LIST_KEYS[field];
}

export function keyed(keys: readonly string[]): (entry: Json) => string {
  return (entry) => {
    const found = keys.map((key) => [key, (entry as JsonObject)[key] ?? DEFAULTS[key]] as const);
    return `k:${JSON.stringify(Object.fromEntries(found))}`;
  };
}

export function sameValue(a: Json, b: Json): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
