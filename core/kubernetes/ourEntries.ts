import { type Delivered, deliveredOf } from '../names/delivered.ts';
import type { Names } from '../names/names.ts';
import { ownEntry, withoutOwnEntry } from './externalSecret/ownEntry.ts';
import { deliveryOf, type PodTemplate } from './delivery.ts';

/** The three resources that a registration changes, as the job names them. */
export type OurResource = 'externalSecret' | 'deployment' | 'configMap';

interface Spec {
  readonly template?: { readonly spec?: PodTemplate };
}

/**
 * Our entry of a resource, in a manifest or as it is live; undefined where it holds none. Of an ExternalSecret with a line in its
 * template: entry and line. Where the client id is kept, too: those of both, by key of the Secret. Digests of it stand in the jobs of
 * open runs.
 */
export function entryOfClient(
  holder: OurResource,
  resource: Readonly<Record<string, unknown>>,
  names: Names,
  container: string,
): unknown {
  const spec = (resource['spec'] ?? {}) as Spec;
  switch (holder) {
    case 'configMap':
      return sectionsIn(resource, names);
    case 'externalSecret':
      return ofAll(names, ({ secretKey }) => partOf(ownEntry(spec, secretKey)));
    case 'deployment':
      return ofAll(names, (each) => deliveryOf(each).entryIn(spec.template?.spec ?? {}, container));
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
      template?: { spec?: PodTemplate };
    };
  };
  if (holder === 'configMap') for (const key of keysOf(names)) delete copy.data?.[key];
  if (holder === 'externalSecret' && copy.spec !== undefined)
    return {
      ...copy,
      spec: deliveredOf(names).reduce((left: unknown, each) => withoutOwnEntry(left, each.secretKey), copy.spec),
    };
  if (holder === 'deployment')
    for (const each of deliveredOf(names)) deliveryOf(each).takeFrom(copy.spec?.template?.spec ?? {});
  return copy;
}

/** The section of the client; of one that stands in several each that is there, by its key. */
function sectionsIn(resource: Readonly<Record<string, unknown>>, names: Names): unknown {
  const data = (resource['data'] ?? {}) as Readonly<Record<string, unknown>>;
  if (names.further === undefined) return data[names.blueprintKey];
  const there = keysOf(names).flatMap((key) => (key in data ? [[key, data[key]] as const] : []));
  return there.length === 0 ? undefined : Object.fromEntries(there);
}

/** Keys of the ConfigMap that hold something of the client. */
export function keysOf({ blueprintKey, further = [] }: Pick<Names, 'blueprintKey' | 'further'>): readonly string[] {
  return [blueprintKey, ...further.map((section) => section.blueprintKey)];
}

function ofAll(names: Names, entryOf: (each: Delivered) => unknown): unknown {
  const [first, ...others] = deliveredOf(names);
  if (first === undefined) return undefined;
  if (others.length === 0) return entryOf(first);
  const found = [first, ...others].map((each) => [each.secretKey, entryOf(each)] as const);
  const there = found.filter(([, entry]) => entry !== undefined);
  return there.length === 0 ? undefined : Object.fromEntries(there);
}

function partOf(own: ReturnType<typeof ownEntry>): unknown {
  return own === undefined || own.line !== undefined ? own : own.entry;
}
