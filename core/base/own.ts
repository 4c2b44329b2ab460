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
