/**
 * What a record holds under a name that people or systems give: `constructor` and `__proto__`, too, are names like others, and name
 * nothing where the record itself has no such key.
 */
export function own<T>(record: Readonly<Record<string, T>> | null | undefined, name: string): T | undefined {
  return record != null && Object.hasOwn(record, name) ? record[name] : undefined;
}

/** What stands at the end of a way of keys into data of whatever shape; undefined where it does not lead on. */
export function at(data: unknown, ...way: readonly (string | number)[]): unknown {
  return way.reduce<unknown>(
    (holder, key) =>
      typeof holder === 'object' ? own(holder as Readonly<Record<string, unknown>> | null, String(key)) : undefined,
    data,
  );
}

/** A list of data of whatever shape; none where it is something else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Whether a value of whatever shape is a mapping: neither a list nor a single value. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A mapping of data of whatever shape; an empty one where it is something else. */
export function mappingOf(value: unknown): Readonly<Record<string, unknown>> {
  return isMapping(value) ? value : {};
}
