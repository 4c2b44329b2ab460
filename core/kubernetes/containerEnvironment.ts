import { VARIABLE } from '../registration/schemaParts.ts';

/**
 * Where a container's variables come from: `env` and `envFrom` (Kubernetes API reference, Container v1 core). "When a key exists in
 * multiple sources, the value associated with the last source will take precedence. Values defined by an Env with a duplicate key
 * will take precedence."
 */
export interface Environment {
  readonly env: readonly EnvVar[];
  readonly envFrom: readonly EnvSource[];
}

export interface EnvVar {
  readonly name?: unknown;
  readonly value?: unknown;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name?: unknown; readonly key?: unknown } } | null;
}

export interface EnvSource {
  readonly prefix?: unknown;
  readonly secretRef?: { readonly name?: unknown } | null;
  readonly configMapRef?: { readonly name?: unknown } | null;
}

/** A source of `envFrom` that may hold a variable, by its own key. */
interface SourceKey {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  readonly key: string;
}

/** What gives a container a variable. */
export type VariableSource =
  /** An entry of `env` that names a key of a Secret. */
  | { readonly by: 'env'; readonly secret: string; readonly key: string }
  /** An entry of `env` that says something else. */
  | { readonly by: 'other' }
  /** Every key of the Secret is a variable; `later` may hold the same one, and would be taken in its place. */
  | { readonly by: 'envFrom'; readonly secret: string; readonly key: string; readonly later: readonly SourceKey[] };

/**
 * What gives a container a variable: an entry of `env`, whatever it names, or else `envFrom` of that Secret, whose keys are not
 * known here. Undefined where neither is there.
 */
export function variableSource(
  { env, envFrom }: Environment,
  name: string,
  secret: string,
): VariableSource | undefined {
  const entry = env.findLast((each) => each.name === name);
  const ref = entry?.valueFrom?.secretKeyRef;
  if (typeof ref?.name === 'string' && typeof ref.key === 'string')
    return { by: 'env', secret: ref.name, key: ref.key };
  if (entry !== undefined) return { by: 'other' };
  const sources = envFrom.map((source) => sourceKey(source, name));
  const at = sources.findLastIndex((source) => source?.kind === 'Secret' && source.name === secret);
  const found = sources[at];
  if (found === undefined) return undefined;
  return { by: 'envFrom', secret, key: found.key, later: sources.slice(at + 1).flatMap((source) => source ?? []) };
}

/** Later sources of `envFrom` may hold the same key: nobody may read them here, and only Authentik tells which one it took. */
export function laterWarnings(source: VariableSource | undefined): readonly string[] {
  if (source?.by !== 'envFrom') return [];
  return source.later.map(
    ({ kind, name, key }) =>
      `${kind} ${name} comes later in envFrom: a key ${key} of it would be taken in place of that of Secret ${source.secret}`,
  );
}

/** Whether a container has a variable from that key of that Secret, however it comes. */
export function isFromKey(source: VariableSource | undefined, secret: string, key: string): boolean {
  return source !== undefined && source.by !== 'other' && source.secret === secret && source.key === key;
}

/** Variables that `envFrom` makes of a key of that Secret: a key that can be none is passed over. */
export function variablesOfKey(environment: Environment | undefined, secret: string, key: string): readonly string[] {
  return (environment?.envFrom ?? [])
    .filter(({ secretRef }) => secretRef?.name === secret)
    .map(({ prefix }) => `${typeof prefix === 'string' ? prefix : ''}${key}`)
    .filter((variable) => VARIABLE.test(variable));
}

/** The key under which a source holds a variable; undefined where its prefix rules that out. */
function sourceKey({ prefix, secretRef, configMapRef }: EnvSource, variable: string): SourceKey | undefined {
  const before = typeof prefix === 'string' ? prefix : '';
  if (!variable.startsWith(before) || variable === before) return undefined;
  const kind = secretRef == null ? 'ConfigMap' : 'Secret';
  return { kind, name: String((secretRef ?? configMapRef)?.name), key: variable.slice(before.length) };
}

/** The environment of a container in a pod's spec; undefined where it has no such container. */
export function environmentOf(podSpec: unknown, container: string): Environment | undefined {
  const { containers = [] } = (podSpec ?? {}) as {
    containers?: readonly (Partial<Environment> & { name?: unknown })[];
  };
  const found = Array.isArray(containers) ? containers.find((each) => each?.name === container) : undefined;
  return found && { env: mappingsOf(found.env), envFrom: mappingsOf(found.envFrom) };
}

/** A list of mappings, of what may be anything. */
export function mappingsOf<Entry>(value: readonly Entry[] | null | undefined): readonly Entry[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : [];
}
