import { secretMountOf } from '../installation/secretDelivery.ts';
import type { Names } from '../names/names.ts';

/** The three resources that a registration changes, as the job names them. */
export type OurResource = 'externalSecret' | 'deployment' | 'configMap';

interface Spec {
  readonly data?: readonly { readonly secretKey?: string }[];
  readonly template?: {
    readonly spec?: {
      readonly containers?: readonly { readonly name?: string; readonly env?: readonly { readonly name?: string }[] }[];
    };
  };
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
      if (names.secretFile !== undefined) return itemOf(spec.template?.spec, names, container);
      return spec.template?.spec?.containers
        ?.find(({ name }) => name === container)
        ?.env?.find((entry) => entry.name === names.envVar);
  }
}

/** Our item of the volume; undefined too where the Secret is mounted whole, for then nothing names the key. */
function itemOf(podSpec: unknown, names: Names, container: string): unknown {
  const mount = secretMountOf(podSpec, { container, folder: folderOf(names) });
  return mount.kind === 'items' ? mount.items.find(({ key }) => key === names.secretKey) : undefined;
}

function folderOf({ secretFile = '' }: Names): string {
  return secretFile.slice(0, secretFile.lastIndexOf('/'));
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
      template?: {
        spec?: {
          containers?: { env?: { name?: string }[] }[];
          volumes?: { secret?: { items?: { key?: string }[] } }[];
        };
      };
    };
  };
  if (holder === 'configMap') delete copy.data?.[names.blueprintKey];
  if (holder === 'externalSecret' && copy.spec?.data !== undefined)
    copy.spec.data = copy.spec.data.filter((entry) => entry.secretKey !== names.secretKey);
  if (holder === 'deployment' && names.secretFile !== undefined) {
    // By whichever container: no other Secret has our key by right.
    for (const { secret } of copy.spec?.template?.spec?.volumes ?? [])
      if (secret?.items !== undefined) secret.items = secret.items.filter((item) => item.key !== names.secretKey);
  } else if (holder === 'deployment') {
    for (const each of copy.spec?.template?.spec?.containers ?? [])
      if (each.env !== undefined) each.env = each.env.filter((entry) => entry.name !== names.envVar);
  }
  return copy;
}
