import { own } from './own.ts';

/** Lists of a pod template that the API server merges entry by entry, with the field that tells the entries apart. */
const KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  imagePullSecrets: 'name',
};

/**
 * The key of an entry in a list of this name; undefined where the list is one value, or where its entries cannot be told apart: one
 * without a key, or two with the same.
 */
export function keyIn(
  field: string,
  ...lists: readonly (readonly unknown[])[]
): ((entry: unknown) => string) | undefined {
  const name = own(KEYS, field);
  if (name === undefined) return undefined;
  const keyOf = (entry: unknown): string => String((entry as Record<string, unknown> | null)?.[name] ?? '');
  const distinct = (list: readonly unknown[]): boolean => {
    const keys = list.map(keyOf);
    return !keys.includes('') && new Set(keys).size === keys.length;
  };
  return lists.every(distinct) ? keyOf : undefined;
}
