import { own } from '../../base/own.ts';
import { FOUND_BY, NAMED_BY, SCOPE_MAPPING } from './models.ts';
import { scopeFound, scopeMade } from './scopeMappings.ts';
import { Tag, type RawEntry } from './sectionData.ts';
import { NotUnderstood } from './sectionValues.ts';

/**
 * What a blueprint's tags can be told by: its entries, and its `context`. An instance may have a context of its own in
 * Authentik, which then wins; what the file says is what its author meant.
 */
export interface TagScope {
  readonly entries: readonly RawEntry[];
  readonly context?: Readonly<Record<string, unknown>>;
}

/** Tags inside of tags that are followed: context values may name each other in a circle. */
const DEEPEST = 20;

/**
 * Tags by what they mean, as in `authentik/blueprints/v1/common.py`: a reference by the object that it names, whichever way; a
 * value of the context, or a format of such, as itself; a variable as `{ env: [name, default?] }`. All others are
 * {@link NotUnderstood}.
 */
export function resolved(value: unknown, scope: TagScope, depth = 0): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(item, scope, depth));
  if (value instanceof Tag) return depth > DEEPEST ? untold(value, scope, depth) : meaningOf(value, scope, depth + 1);
  // PyYAML reads a plain date and time as such.
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner, scope, depth)]));
}

function untold({ tag, argument, text }: Tag, scope: TagScope, depth: number): NotUnderstood {
  return new NotUnderstood(tag, depth > DEEPEST ? text : resolved(listOf(argument), scope, depth), text);
}

function listOf(argument: unknown): readonly unknown[] {
  return (Array.isArray(argument) ? argument : [argument]) as readonly unknown[];
}

function meaningOf(value: Tag, scope: TagScope, depth: number): unknown {
  const list = listOf(value.argument);
  switch (value.tag) {
    case '!Env':
      return { env: list.map((each) => resolved(each, scope, depth)) };
    case '!KeyOf': {
      const entry = scope.entries.find((each) => each.id === value.argument);
      return (entry === undefined ? undefined : referenceTo(entry, scope)) ?? { keyOf: value.argument };
    }
    case '!Find':
      return foundBy(list, scope, depth);
    case '!Context':
      return contextValue(list, scope, depth) ?? untold(value, scope, depth);
    case '!Format':
      return formatted(list.map((each) => resolved(each, scope, depth))) ?? untold(value, scope, depth);
    default:
      return untold(value, scope, depth);
  }
}

/** A value of the file's own context, or the tag's default. */
function contextValue([name, ...fallback]: readonly unknown[], scope: TagScope, depth: number): unknown {
  const context = scope.context ?? {};
  if (typeof name === 'string' && Object.hasOwn(context, name)) return resolved(context[name], scope, depth);
  return fallback.length === 0 ? undefined : resolved(fallback[0], scope, depth);
}

/** Python's `%` of texts and whole numbers; undefined where more is asked of it. */
function formatted([format, ...values]: readonly unknown[]): string | undefined {
  if (typeof format !== 'string') return undefined;
  const rest = [...values];
  let told = true;
  const text = format.replaceAll(/%(.?)/gs, (_, kind: string) => {
    if (kind === '%') return '%';
    const value = rest.shift();
    told &&= (kind === 's' && typeof value === 'string') || (/^[sd]$/.test(kind) && Number.isInteger(value));
    return String(value);
  });
  return told && rest.length === 0 ? text : undefined;
}

function referenceTo({ model, merged }: RawEntry, scope: TagScope): unknown {
  if (model === SCOPE_MAPPING) {
    const mapping = mappingOf(merged, scope);
    const scopeName = scopeMade(mapping, mappingsOf(scope));
    // A mapping of one's own is told by its name, where its scope does not tell it.
    const [field, value] = scopeName === undefined ? ['name', mapping['name']] : ['scope_name', scopeName];
    return value === undefined ? undefined : { find: model, where: [[field, value]] };
  }
  const [named, found] = [own(NAMED_BY, model), own(FOUND_BY, model)];
  const name = literal(merged[named ?? found ?? ''], scope);
  if (typeof name !== 'string') return undefined;
  return named === undefined ? { find: model, where: [[found, name]] } : { object: model, name };
}

/** A value that needs no entry to be told, where it is one. */
function literal(value: unknown, { context }: TagScope): unknown {
  return resolved(value, { entries: [], ...(context === undefined ? {} : { context }) });
}

function mappingsOf(scope: TagScope): readonly Readonly<Record<string, unknown>>[] {
  return scope.entries.filter(({ model }) => model === SCOPE_MAPPING).map(({ merged }) => mappingOf(merged, scope));
}

function mappingOf(merged: RawEntry['merged'], scope: TagScope): Readonly<Record<string, unknown>> {
  const { scope_name, name, managed } = merged;
  return literal({ scope_name, name, managed }, scope) as Readonly<Record<string, unknown>>;
}

function foundBy(list: readonly unknown[], scope: TagScope, depth: number): unknown {
  const [model, ...conditions] = list.map((each) => resolved(each, scope, depth));
  const where = conditions.map((each) => (Array.isArray(each) ? (each as unknown[]) : [each]));
  const plain = where.every(([, value]) => typeof value === 'string' || typeof value === 'number');
  if (!plain || typeof model !== 'string') return { find: model, where };
  const scopeName = scopeFound(model, where, mappingsOf(scope));
  if (scopeName !== undefined) return { find: SCOPE_MAPPING, where: [['scope_name', scopeName]] };
  const ours = scope.entries.find(
    (entry) =>
      entry.model === model &&
      where.length > 0 &&
      where.every(([field, value]) => literal(own(entry.merged, String(field)), scope) === value),
  );
  const reference = ours === undefined || model === SCOPE_MAPPING ? undefined : referenceTo(ours, scope);
  if (reference !== undefined) return reference;
  const [only] = where;
  if (where.length === 1 && only?.[0] === own(NAMED_BY, model)) return { object: model, name: only?.[1] };
  return { find: model, where };
}
