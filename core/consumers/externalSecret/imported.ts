import { listedResources } from '../../edits/kubernetes/kustomization.ts';
import type { Installation } from '../../installation/installation.ts';
import { fluxPlace } from '../../installation/fluxPlace.ts';
import { deployerTraits } from '../../installation/deployers.ts';
import { objectsIn as valuesIn } from '../../kubernetes/manifests.ts';
import type { ConsumerInput, ImportedClient, ImportedFiles } from '../kind.ts';
import { at, listOf } from '../../base/own.ts';
import { vaultOf } from '../../vault/vaults.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Consumers that read a vault field by an ExternalSecret of their own, with what the files tell of them: in which cluster they
 * are they do not tell. One that reads other fields as well is left to people, which a note says.
 */
export function importDelivered(
  { installation, paths, read }: ImportedFiles,
  known: ImportedClient,
  notes: string[],
): readonly ConsumerInput[] {
  const { vaultField } = known;
  const own = installation.authentik.externalSecret.file;
  return paths.flatMap((path) => {
    const text = path !== own && /\.ya?ml$/.test(path) ? (read(path) ?? '') : '';
    if (!text.includes('ExternalSecret') || !text.includes(vaultField)) return [];
    return objectsIn(text).flatMap((object) => {
      const data = listOf(at(object, 'spec', 'data'));
      if (object['kind'] !== 'ExternalSecret' || !data.some((entry) => reads(entry, known, installation))) return [];
      const name = String(at(object, 'metadata', 'name'));
      const [only] = data;
      if (data.length > 1 || only === undefined) {
        notes.push(`ExternalSecret ${name} of ${path} holds other secrets too: a consumer has one of its own`);
        return [];
      }
      notes.push(
        `the cluster of ExternalSecret ${name} could not be read: name it under its consumer, if it is not Authentik's`,
      );
      return [consumerOf({ installation, paths, read }, path, object, only as Fields)];
    });
  });
}

function consumerOf(
  files: Pick<ImportedFiles, 'installation' | 'paths' | 'read'>,
  file: string,
  object: Fields,
  entry: Fields,
): ConsumerInput {
  const folder = file.split('/').slice(0, -1).join('/');
  const kustomization = ['yaml', 'yml']
    .map((ending) => `${folder}/kustomization.${ending}`)
    .find(
      (path) =>
        files.paths.includes(path) && listedResources(files.read(path) ?? '').includes(file.split('/').at(-1) ?? ''),
    );
  const store = (at(object, 'spec', 'secretStoreRef') ?? {}) as { kind?: string; name?: string };
  const target = (at(object, 'spec', 'target') ?? {}) as Fields;
  const { name: secret, ...rest } = target;
  const name = String(at(object, 'metadata', 'name'));
  const told = {
    ...rest,
    ...(secret === undefined || secret === name ? {} : { name: secret }),
  };
  return {
    kind: 'externalSecret',
    file,
    name,
    namespace: String(at(object, 'metadata', 'namespace') ?? 'default'),
    ...deployedBy(files, folder),
    ...(kustomization === undefined ? {} : { kustomization }),
    ...(at(object, 'spec', 'refreshInterval') === undefined
      ? {}
      : { refreshInterval: shortest(String(at(object, 'spec', 'refreshInterval'))) }),
    secretStoreRef: { ...(store.kind === undefined ? {} : { kind: store.kind }), name: store.name ?? '' },
    secretKey: String(entry['secretKey']),
    target: told,
  } as ConsumerInput;
}

/** Objects that deploy a folder, by the field in which a consumer names one. */
const DEPLOYING = {
  application: { kind: 'Application', api: 'argoproj.io/', path: ['spec', 'source', 'path'] },
  fluxKustomization: { kind: 'Kustomization', api: 'kustomize.toolkit.fluxcd.io/', path: ['spec', 'path'] },
} as const;

/** The object of whoever deploys here whose path is the folder, or above it: the deepest. */
function deployedBy(
  { installation, paths, read }: Pick<ImportedFiles, 'installation' | 'paths' | 'read'>,
  folder: string,
): Partial<Record<keyof typeof DEPLOYING, string>> {
  const { namedBy } = deployerTraits(installation);
  if (namedBy === undefined) return {};
  const wanted = DEPLOYING[namedBy];
  const found = paths
    .filter((path) => /\.ya?ml$/.test(path) && (read(path) ?? '').includes(`kind: ${wanted.kind}`))
    .flatMap((path) => objectsIn(read(path) ?? ''))
    .filter((object) => object['kind'] === wanted.kind && String(object['apiVersion']).startsWith(wanted.api))
    .flatMap((object) => {
      const path = at(object, ...wanted.path);
      if (typeof path !== 'string') return [];
      const top = path.replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
      const holds = top === '' || folder === top || folder.startsWith(`${top}/`);
      return holds ? [{ name: nameOf(object, installation), depth: top.length }] : [];
    });
  const [deepest] = found.toSorted((a, b) => b.depth - a.depth);
  return deepest === undefined ? {} : { [namedBy]: deepest.name };
}

/** As a registration names it. */
function nameOf(object: Fields, installation: Installation): string {
  const [name, namespace] = ['name', 'namespace'].map((key) => at(object, 'metadata', key));
  const flux = fluxPlace(installation);
  const elsewhere = flux !== undefined && namespace !== undefined && namespace !== flux.namespace;
  return elsewhere ? `${String(namespace)}/${String(name)}` : String(name);
}

/** As people write it: the controller's own form names every unit. */
function shortest(duration: string): string {
  return duration.replace(/(?<=[hm])0s$/, '').replace(/(?<=h)0m$/, '');
}

function reads(entry: unknown, client: ImportedClient, installation: Installation): boolean {
  const { key, property } = vaultOf(installation, client).remoteRef(client.vaultField);
  return at(entry, 'remoteRef', 'property') === property && at(entry, 'remoteRef', 'key') === key;
}

function objectsIn(text: string): readonly Fields[] {
  return valuesIn(text).filter((value) => isObject(value));
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
