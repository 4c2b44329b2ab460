import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { Target } from './request.ts';
import { ApiError } from './apiError.ts';
import { apiVersionOf } from './resourceKinds.ts';
import type { Store, Stored } from './store.ts';

/** Answers a list: selected by labels and fields, in the order of the keys, page by page where the client asks so. */
export function listOf(store: Store, { kind, namespace }: Target, query: URLSearchParams): unknown {
  const items = itemsOf(store, { kind, namespace }, query);
  const start = startOf(query.get('continue'));
  const limit = Number(query.get('limit') ?? 0);
  const page = limit > 0 ? items.slice(start, start + limit) : items.slice(start);
  const left = items.length - start - page.length;
  return {
    apiVersion: apiVersionOf(kind),
    kind: `${kind.kind}List`,
    metadata: {
      resourceVersion: String(store.version),
      ...(left > 0 ? { continue: tokenOf(start + page.length), remainingItemCount: left } : {}),
    },
    // Items of a list carry neither apiVersion nor kind.
    items: page.map(({ apiVersion: _version, kind: _kind, ...rest }) => rest),
  };
}

/** What is meant by the query's selectors, in the order of the keys. To be read only. */
export function itemsOf(
  store: Store,
  { kind, namespace }: Pick<Target, 'kind' | 'namespace'>,
  query: URLSearchParams,
): readonly Readonly<Stored>[] {
  return store.list(kind, namespace).filter(selectorOf(query)).toSorted(byKey);
}

/** Whether an object is meant by the query's label and field selectors. */
export function selectorOf(query: URLSearchParams): (object: Stored) => boolean {
  const labels = equalities(query.get('labelSelector'));
  const fields = equalities(query.get('fieldSelector'));
  return (object) =>
    labels.every(([key, value]) => object.metadata.labels?.[key] === value) &&
    fields.every(([path, value]) => fieldOf(object, path) === value);
}

function equalities(text: string | null): readonly (readonly [string, string])[] {
  const parts = (text ?? '').split(',').filter((part) => part !== '');
  return parts.map((part) => {
    const [, key, value] = /^([^=!]+)==?([^=]*)$/.exec(part) ?? [];
    if (key === undefined || value === undefined)
      throw new ApiError(400, 'BadRequest', `the stand-in knows no selector "${part}"`);
    return [key, value];
  });
}

function fieldOf(object: KubernetesObject, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], object);
}

function byKey(a: Stored, b: Stored): number {
  const key = ({ metadata }: Stored): string => `${metadata.namespace ?? ''}/${metadata.name}`;
  return key(a) < key(b) ? -1 : 1;
}

function tokenOf(start: number): string {
  return Buffer.from(JSON.stringify({ v: 'sandbox', start })).toString('base64url');
}

function startOf(token: string | null): number {
  if (token === null || token === '') return 0;
  try {
    const { start } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as { start: unknown };
    if (typeof start === 'number') return start;
  } catch {
    // Answered below.
  }
  throw new ApiError(400, 'BadRequest', 'continue key is not valid');
}
