import type { Names } from './resolve.ts';

/** The three resources that a registration changes, as the job names them. */
export type EntryHolder = 'externalSecret' | 'deployment' | 'configMap';

interface Spec {
  readonly data?: readonly { readonly secretKey?: string }[];
  readonly template?: {
    readonly spec?: {
      readonly containers?: readonly { readonly name?: string; readonly env?: readonly { readonly name?: string }[] }[];
    };
  };
}

/** Our entry of a resource, in a manifest or as it is live; undefined where it holds none. */
export function entryOf(
  holder: EntryHolder,
  resource: Readonly<Record<string, unknown>>,
  names: Names,
  container: string,
): unknown {
  const spec = (resource['spec'] ?? {}) as Spec;
  switch (holder) {
    case 'configMap':
      return (resource['data'] as Record<string, unknown> | undefined)?.[names.blueprintKey];
    case 'externalSecret':
      return spec.data?.find((entry) => entry.secretKey === names.secretKey);
    case 'deployment':
      return spec.template?.spec?.containers
        ?.find(({ name }) => name === container)
        ?.env?.find((entry) => entry.name === names.envVar);
  }
}

/** The same resource without our entry: what is left is of other people. */
export function withoutEntry(
  holder: EntryHolder,
  resource: Readonly<Record<string, unknown>>,
  names: Names,
): Readonly<Record<string, unknown>> {
  const copy = structuredClone(resource) as {
    data?: Record<string, unknown>;
    spec?: {
      data?: { secretKey?: string }[];
      template?: { spec?: { containers?: { env?: { name?: string }[] }[] } };
    };
  };
  if (holder === 'configMap') delete copy.data?.[names.blueprintKey];
  if (holder === 'externalSecret' && copy.spec?.data !== undefined)
    copy.spec.data = copy.spec.data.filter((entry) => entry.secretKey !== names.secretKey);
  if (holder === 'deployment') {
    for (const each of copy.spec?.template?.spec?.containers ?? [])
      if (each.env !== undefined) each.env = each.env.filter((entry) => entry.name !== names.envVar);
  }
  return copy;
}
