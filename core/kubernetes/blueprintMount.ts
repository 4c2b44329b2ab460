import { at } from '../base/own.ts';
import { enumerated } from '../base/words.ts';
import { mappingsOf } from './containerEnvironment.ts';

/** Keys that lead to a value inside an object. */
type Way = readonly (string | number)[];

/** Where an object says what volumes there are and what a container mounts: one list each in a pod's spec, several in a chart's values. */
export interface MountPlaces {
  readonly volumes: readonly Way[];
  readonly mounts: readonly Way[];
}

/**
 * What a worker has of the ConfigMap of blueprints: every key; those that a volume names, in the list at a path; nothing of a new
 * key, and why; or nobody can tell from the object, such as a patch.
 */
export type BlueprintMount =
  | { readonly kind: 'whole' | 'unknown' }
  | { readonly kind: 'items'; readonly path: Way }
  | { readonly kind: 'none'; readonly why: string; readonly remedy?: string };

interface Volume {
  readonly name?: unknown;
  readonly configMap?: MapSource | null;
  readonly projected?: { readonly sources?: readonly { readonly configMap?: MapSource | null }[] } | null;
}

interface MapSource {
  readonly name?: unknown;
  readonly items?: unknown;
}

interface Mount {
  readonly name?: unknown;
  readonly mountPath?: unknown;
  readonly subPath?: unknown;
  readonly subPathExpr?: unknown;
}

interface Source {
  readonly volume: unknown;
  readonly map: MapSource;
  readonly path: Way;
}

/**
 * How a ConfigMap comes to a folder. "A container using a ConfigMap as a subPath volume mount will not receive ConfigMap updates"
 * (Kubernetes documentation, "ConfigMaps"), and such a mount has one key alone.
 */
export function blueprintMountOf(
  data: unknown,
  places: MountPlaces,
  configMap: string,
  folder: string,
): BlueprintMount {
  const sources = places.volumes.flatMap((way) => sourcesIn(data, way)).filter(({ map }) => map.name === configMap);
  const mounts = places.mounts.flatMap((way) => mappingsOf(at(data, ...way) as readonly Mount[] | undefined));
  const mounted = sources.map((source) => ({ source, of: mounts.filter(({ name }) => name === source.volume) }));
  const all = mounted.flatMap(({ of }) => of);
  const isPart = ({ subPath, subPathExpr }: Mount): boolean => subPath !== undefined || subPathExpr !== undefined;
  if (all.length > 0 && all.every((mount) => isPart(mount)))
    return {
      kind: 'none',
      why: `it mounts ConfigMap ${configMap} with subPath, key by key, which never follows a change`,
    };
  const found = mounted.find(({ of }) => of.some((mount) => !isPart(mount) && pathOf(mount) === folder))?.source;
  if (found === undefined)
    return all.length === 0 ? { kind: 'unknown' } : { kind: 'none', why: mountedElsewhere(configMap, folder, all) };
  return found.map.items == null ? { kind: 'whole' } : { kind: 'items', path: [...found.path, 'items'] };
}

/** A ConfigMap that a container mounts below /blueprints. */
export interface MountedMap {
  readonly configMap: string;
  /** Folder below /blueprints. */
  readonly mountedAs: string;
}

/** Every ConfigMap that is mounted below /blueprints as a folder, for whoever knows none of its names yet. */
export function mountedMaps(data: unknown, { volumes, mounts }: MountPlaces): readonly MountedMap[] {
  const all = mounts.flatMap((way) => mappingsOf(at(data, ...way) as readonly Mount[] | undefined));
  return volumes
    .flatMap((way) => sourcesIn(data, way))
    .flatMap(({ volume, map }) =>
      all
        .filter(({ name, subPath, subPathExpr }) => name === volume && (subPath ?? subPathExpr) === undefined)
        .flatMap((mount) => {
          const [, mountedAs] = /^\/blueprints\/(.+)$/.exec(pathOf(mount)) ?? [];
          return mountedAs === undefined || typeof map.name !== 'string' ? [] : [{ configMap: map.name, mountedAs }];
        }),
    );
}

/** Authentik knows a blueprint by its path, so that the wrong folder would be waited for in vain. */
function mountedElsewhere(configMap: string, folder: string, mounts: readonly Mount[]): string {
  const paths = [...new Set(mounts.map(pathOf))];
  return `it mounts ConfigMap ${configMap} at ${enumerated(paths)}, not at ${folder}, which authentik.blueprints.mountedAs of registrar.yaml names`;
}

function sourcesIn(data: unknown, way: Way): readonly Source[] {
  const list = at(data, ...way) as readonly Volume[] | undefined;
  return (Array.isArray(list) ? list : []).flatMap((volume: Volume | null, i): readonly Source[] => {
    const path = [...way, i];
    const projected = (volume?.projected?.sources ?? []).map((source, j) => ({
      map: source.configMap,
      path: [...path, 'projected', 'sources', j, 'configMap'],
    }));
    return [{ map: volume?.configMap, path: [...path, 'configMap'] }, ...projected].flatMap(({ map, path: to }) =>
      map == null ? [] : [{ volume: volume?.name, map, path: to }],
    );
  });
}

function pathOf({ mountPath }: Mount): string {
  return String(mountPath).replace(/\/+$/, '');
}

/** Where a Deployment says what volumes its pods have, and what a container of them mounts. */
export function podPlaces(data: unknown, container: string): MountPlaces {
  const spec = ['spec', 'template', 'spec'];
  const containers = at(data, ...spec, 'containers');
  const index = Array.isArray(containers)
    ? containers.findIndex((each: { name?: unknown } | null) => each?.name === container)
    : -1;
  return { volumes: [[...spec, 'volumes']], mounts: [[...spec, 'containers', index, 'volumeMounts']] };
}
