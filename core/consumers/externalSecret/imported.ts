import { listedResources } from '../../edits/kubernetes/kustomization.ts';
import type { Installation } from '../../installation/installation.ts';
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
      return [consumerOf({ paths, read }, path, object, only as Fields)];
    });
  });
}

function consumerOf(
  files: Pick<ImportedFiles, 'paths' | 'read'>,
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
  const application = applicationOf(files, folder);
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
    ...(application === undefined ? {} : { application }),
    ...(kustomization === undefined ? {} : { kustomization }),
    ...(at(object, 'spec', 'refreshInterval') === undefined
      ? {}
      : { refreshInterval: shortest(String(at(object, 'spec', 'refreshInterval'))) }),
    secretStoreRef: { ...(store.kind === undefined ? {} : { kind: store.kind }), name: store.name ?? '' },
    secretKey: String(entry['secretKey']),
    target: told,
  } as ConsumerInput;
}

/** The Argo CD Application whose path is the folder, or above it: the deepest. */
function applicationOf({ paths, read }: Pick<ImportedFiles, 'paths' | 'read'>, folder: string): string | undefined {
  const found = paths
    .filter((path) => /\.ya?ml$/.test(path) && (read(path) ?? '').includes('kind: Application'))
    .flatMap((path) => objectsIn(read(path) ?? ''))
    .flatMap((object) => {
      const path = at(object, 'spec', 'source', 'path');
      const holds = typeof path === 'string' && (folder === path || folder.startsWith(`${path.replace(/\/$/, '')}/`));
      return object['kind'] === 'Application' && holds
        ? [{ name: String(at(object, 'metadata', 'name')), depth: path.length }]
        : [];
    });
  return found.toSorted((a, b) => b.depth - a.depth)[0]?.name;
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
