import type { Names } from '../names/names.ts';
import { deliveryOf, type PodTemplate } from './delivery.ts';

/** The three resources that a registration changes, as the job names them. */
export type OurResource = 'externalSecret' | 'deployment' | 'configMap';

interface Spec {
  readonly data?: readonly { readonly secretKey?: string }[];
  readonly template?: { readonly spec?: PodTemplate };
}

/** Our entry of a resource, in a manifest or as it is live; undefined where it holds none. */
export function entryOfClient(
  holder: OurResource,
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
      return deliveryOf(names).entryIn(spec.template?.spec ?? {}, container);
  }
}

/** A resource without our entry: what is left is of other people. */
export function withoutEntry(
  holder: OurResource,
  resource: Readonly<Record<string, unknown>>,
  names: Names,
): Readonly<Record<string, unknown>> {
  const copy = structuredClone(resource) as {
    data?: Record<string, unknown>;
    spec?: {
      data?: { secretKey?: string }[];
      template?: { spec?: PodTemplate };
    };
  };
  if (holder === 'configMap') delete copy.data?.[names.blueprintKey];
  if (holder === 'externalSecret' && copy.spec?.data !== undefined)
    copy.spec.data = copy.spec.data.filter((entry) => entry.secretKey !== names.secretKey);
  if (holder === 'deployment') deliveryOf(names).takeFrom(copy.spec?.template?.spec ?? {});
  return copy;
}
