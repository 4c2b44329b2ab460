import { isMap, isScalar, isSeq, type Node } from 'yaml';

/**
 * Option of the parser by which it lets a key stand twice: it compares every key with every other of its mapping, too slow for a
 * ConfigMap of a thousand. Whoever sets it asks {@link doubleKey}.
 */
export const DOUBLE_KEYS = { uniqueKeys: false } as const;

/** The first key that stands in its mapping a second time, anywhere below a node; undefined where none does. */
export function doubleKey(node: unknown): Node | undefined {
  if (isSeq(node)) return firstOf(node.items, doubleKey);
  if (!isMap(node)) return undefined;
  const { items } = node;
  const keyAt = (index: number): unknown => {
    const key = items[index]?.key;
    return isScalar(key) ? key.value : key;
  };
  // Most mappings are small, and a set for each would be a burden of its own.
  const seen = items.length > 12 ? new Set<unknown>() : undefined;
  for (const [index, { key, value }] of items.entries()) {
    const name = keyAt(index);
    let double = seen?.has(name) ?? false;
    seen?.add(name);
    for (let before = 0; seen === undefined && before < index; before += 1) double ||= keyAt(before) === name;
    const found = double ? (key as Node) : doubleKey(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function firstOf<T, Found>(all: readonly T[], look: (each: T) => Found | undefined): Found | undefined {
  for (const each of all) {
    const found = look(each);
    if (found !== undefined) return found;
  }
  return undefined;
}
