import type { z } from 'zod';

/** One thing that is wrong in a file: where it stands, and why. */
export interface Fault {
  readonly path: readonly PropertyKey[];
  /** The key at the path that is itself the fault. */
  readonly key?: string;
  readonly message: string;
}

/** The field as people write it: `spec.groups.0.name`. */
export function fieldOf({ path }: Fault): string {
  return path.map(String).join('.') || '(the file)';
}

/** Everything a schema found wrong, in the order of the file's fields. */
export function faultsOf(error: z.ZodError): readonly Fault[] {
  return error.issues.flatMap(flatten).flatMap(toFaults);
}

/** Deeper than any schema reads. */
const DEEPEST = 20;

/** Keys that a reader would lose without a word: zod and plain assignments take `__proto__` for what JavaScript means by it. */
export function lostKeys(data: unknown, path: readonly PropertyKey[] = []): readonly Fault[] {
  if (typeof data !== 'object' || data === null || path.length > DEEPEST) return [];
  if (Array.isArray(data)) return data.flatMap((value: unknown, i) => lostKeys(value, [...path, i]));
  const lost = Object.hasOwn(data, '__proto__') ? [{ path, key: '__proto__', message: `key ${NO_NAME}` }] : [];
  return [...lost, ...Object.entries(data).flatMap(([key, value]) => lostKeys(value, [...path, key]))];
}

export const NO_NAME = '"__proto__" is no name here: programs in JavaScript lose an entry of it. Choose another';

type Issue = z.core.$ZodIssue;

/** A union reports "invalid input"; the branch that came furthest says what is wrong. */
function flatten(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const branches = issue.errors.filter((branch) => branch.length > 0);
  const best = branches.toSorted((a, b) => score(a) - score(b))[0] ?? [];
  return best.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** A branch of quite another kind of value is not the one that was meant. */
function score(branch: readonly Issue[]): number {
  const otherKind = (issue: Issue): boolean =>
    issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
  return branch.length + branch.filter(otherKind).length * 10;
}

function toFaults(issue: Issue): readonly Fault[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path, key, message: `unknown key "${key}"` }));
  return [{ path, message: messageOf(issue) }];
}

function messageOf(issue: Issue): string {
  const allowed = issue.code === 'invalid_value' ? issue.values : optionsOf(issue);
  if (allowed.length > 0 && issue.message.startsWith('Invalid ')) return oneOf(allowed);
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return 'is missing';
  if (issue.code === 'too_small' && issue.origin === 'array') return 'must have an entry';
  if (issue.code === 'too_small' && issue.origin === 'string') return 'must not be empty';
  return issue.message.replace(/^Invalid input: expected (\w+), received (\w+)$/, 'must be of type $1, not $2');
}

function oneOf(allowed: readonly unknown[]): string {
  const words = allowed.map((value) => (typeof value === 'string' ? `"${value}"` : String(value)));
  return words.length === 1 ? `must be ${words[0]}` : `must be one of ${words.join(', ')}`;
}

function optionsOf(issue: Issue): readonly unknown[] {
  return issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
}
