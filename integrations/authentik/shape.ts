import { isMapping } from '../../core/base/own.ts';
import { NoAnswer } from '../httpAnswer.ts';

/** A row as Authentik answers it. The generated models lose microseconds and unknown fields, so rows are read raw. */
export type Row = Readonly<Record<string, unknown>>;

/** Of the shape that is needed the answer is not: what it lacks, or has in another form. */
function otherShape(place: string): NoAnswer {
  return new NoAnswer(`answered with something else than is needed: ${place}`);
}

/** What a value must be. undefined where it is something else. */
export type Kind<T> = (value: unknown) => T | undefined;

export const TEXT: Kind<string> = (value) => (typeof value === 'string' ? value : undefined);
export const WHOLE: Kind<number> = (value) => (Number.isSafeInteger(value) ? (value as number) : undefined);
export const FLAG: Kind<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);
export const OBJECT: Kind<Row> = (value) => (isMapping(value) ? value : undefined);
/** A key, which is a number for some models and a text for others. */
export const KEY: Kind<string> = (value) => TEXT(value) ?? WHOLE(value)?.toString();

export function orNull<T>(kind: Kind<T>): Kind<T | null> {
  return (value) => (value === null ? null : kind(value));
}

export function listOf<T>(kind: Kind<T>): Kind<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    const all = value.map(kind);
    return all.every((each) => each !== undefined) ? all : undefined;
  };
}

/** The whole answer. This and the following throw {@link NoAnswer}. */
export function wholeAnswer<T>(answer: unknown, kind: Kind<T>): T {
  const found = kind(answer);
  if (found === undefined) throw otherShape('the whole of it');
  return found;
}

/** A field without which nothing can be decided. */
export function needed<T>(row: Row, field: string, kind: Kind<T>): T {
  const found = kind(row[field]);
  if (found === undefined)
    throw otherShape(row[field] === undefined ? `${field} is missing` : `${field} has another form`);
  return found;
}

/** A field that a release may not have: undefined where it is absent, which is no value. */
export function told<T>(row: Row, field: string, kind: Kind<T>): T | undefined {
  return row[field] === undefined ? undefined : needed(row, field, kind);
}
