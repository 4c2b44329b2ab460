/**
 * What a record holds under a name that people or systems give: `constructor` and `__proto__`, too, are names like others, and name
 * nothing where the record itself has no such key.
 */
export function own<T>(record: Readonly<Record<string, T>> | null | undefined, name: string): T | undefined {
  return record != null && Object.hasOwn(record, name) ? record[name] : undefined;
}
