import { FOUND_BY, SCOPE_MAPPING } from './models.ts';

/**
 * A value of which the blueprint does not tell what Authentik makes of it: a tag that is not followed, or one whose meaning
 * lies elsewhere. Two are the same where they are written the same.
 */
export class NotUnderstood {
  readonly tag: string;
  readonly argument: unknown;
  readonly #text: string;

  constructor(tag: string, argument: unknown, text: string) {
    this.tag = tag;
    this.argument = argument;
    this.#text = text;
  }

  /** As it is written, on one line. */
  get text(): string {
    return this.#text;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** A value as the text that Authentik makes of it; undefined where it is none, or where the blueprint does not tell it. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** A value in the words of the blueprint, for sentences. Never of a client secret. */
export function inWords(value: unknown): string {
  if (value instanceof NotUnderstood) return value.text;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value) ?? 'nothing';
  const { env, keyOf, find, where, object, name } = value as Fields;
  if (Array.isArray(env)) return `!Env ${inside(env[0])}`;
  if (keyOf !== undefined) return `!KeyOf ${inside(keyOf)}`;
  const conditions = Array.isArray(where) ? (where as readonly unknown[]) : [];
  if (find !== undefined) return `!Find ${inside([find, ...conditions])}`;
  if (object !== undefined) return `the ${inside(object)} ${inWords(name)}`;
  return JSON.stringify(value);
}

function inside(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inside).join(', ')}]`;
  return typeof value === 'string' ? value : inWords(value);
}

/** The first part of a value that the blueprint does not tell, such as `!Env X`, in its words; undefined where it tells all. */
export function untoldIn(value: unknown): string | undefined {
  if (value instanceof NotUnderstood) return inWords(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray((value as Fields)['env'])) return inWords(value);
  return Object.values(value as Fields)
    .map(untoldIn)
    .find((words) => words !== undefined);
}

/**
 * The first reference of a value that may be to any object, in the blueprint's words: one by another field than a
 * registration's blueprint finds such an object by, or to an entry that is not there; undefined where there is none.
 */
export function vagueReferenceIn(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map(vagueReferenceIn).find((words) => words !== undefined);
  const { keyOf, find, where } = (value ?? {}) as Fields;
  if (keyOf !== undefined) return inWords(value);
  if (typeof find !== 'string') return undefined;
  const [only, ...others] = where as readonly (readonly unknown[])[];
  return only !== undefined && others.length === 0 && only[0] === FOUND_BY[find] ? undefined : inWords(value);
}

/** The scope of a mapping that a provider names; undefined where the blueprint does not tell it. */
export function scopeOf(reference: unknown): string | undefined {
  const { find, where } = (reference ?? {}) as { find?: unknown; where?: readonly (readonly unknown[])[] };
  const value = where?.[0]?.[1];
  return find === SCOPE_MAPPING && vagueReferenceIn(reference) === undefined && typeof value === 'string'
    ? value
    : undefined;
}

/** The name of a scope mapping that is found by it; undefined where it is found otherwise. */
export function mappingNamed(reference: unknown): string | undefined {
  const { find, where } = (reference ?? {}) as { find?: unknown; where?: readonly (readonly unknown[])[] };
  const [only, ...others] = where ?? [];
  return find === SCOPE_MAPPING && others.length === 0 && only?.[0] === 'name' ? textOf(only[1]) : undefined;
}

/** The variable that a value comes from, by what `!Env` is read as; undefined of any other value. */
export function variableIn(value: unknown): string | undefined {
  const { env } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return Array.isArray(env) ? String(env[0]) : undefined;
}

/** The file that a value is the content of, by `!File`; undefined of any other value. */
export function fileIn(value: unknown): string | undefined {
  if (!(value instanceof NotUnderstood) || value.tag !== '!File') return undefined;
  const [path] = [value.argument].flat() as readonly unknown[];
  return typeof path === 'string' ? path : undefined;
}

/** A client id from a variable is that variable's, whatever stands in for it where the worker has none. */
export function withoutDefault(clientId: unknown): unknown {
  const variable = variableIn(clientId);
  return variable === undefined ? clientId : { env: [variable] };
}
