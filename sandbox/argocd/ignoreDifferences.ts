import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { ManifestError } from './manifestError.ts';

/** An entry of `spec.ignoreDifferences`; the stand-in knows JSON pointers alone. */
export interface Ignored {
  readonly group?: string;
  readonly kind: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly jsonPointers?: readonly string[];
}

const KNOWN = new Set(['group', 'kind', 'name', 'namespace', 'jsonPointers']);

/** Pointers of the fields of an object that a comparison passes over. */
export function ignoredOf(
  all: readonly Ignored[],
  { apiVersion, kind, metadata }: KubernetesObject,
): readonly string[] {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return all.flatMap((each) => {
    const unknown = Object.keys(each).filter((word) => !KNOWN.has(word));
    if (unknown.length > 0)
      throw new ManifestError(`the sandbox knows no ignoreDifferences with ${unknown.join(', ')}`);
    const isMeant =
      each.kind === kind &&
      (each.group ?? '') === group &&
      (each.name ?? metadata.name) === metadata.name &&
      (each.namespace ?? metadata.namespace) === metadata.namespace;
    return isMeant ? (each.jsonPointers ?? []) : [];
  });
}

/** An object that says at these places what another one says there. */
export function withValuesOf<T extends KubernetesObject>(
  object: T,
  other: KubernetesObject,
  pointers: readonly string[],
): T {
  const copy = structuredClone(object);
  for (const pointer of pointers) {
    const keys = pointer.split('/').slice(1).map(unescaped);
    const last = keys.pop() ?? '';
    const [holder, source] = [copy, other].map((root) => at(root, keys));
    if (holder === undefined) continue;
    if (source?.[last] === undefined) delete holder[last];
    else holder[last] = source[last];
  }
  return copy;
}

function at(root: unknown, keys: readonly string[]): Record<string, unknown> | undefined {
  return keys.reduce<Record<string, unknown> | undefined>(
    (holder, key) => holder?.[key] as Record<string, unknown> | undefined,
    root as Record<string, unknown>,
  );
}

function unescaped(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}
