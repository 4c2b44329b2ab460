import { listedResources } from '../../edits/kubernetes/kustomization.ts';
import type { Installation } from '../../installation/installation.ts';
import { fluxPlace } from '../../installation/fluxPlace.ts';
import { sameRepository } from '../../installation/repositoryAddress.ts';
import { deployerTraits } from '../../installation/deployers.ts';
import { objectsIn as valuesIn } from '../../kubernetes/manifests.ts';
import type { ConsumerInput, ImportedClient, ImportedFiles } from '../kind.ts';
import { at, listOf } from '../../base/own.ts';
import { enumerated } from '../../base/words.ts';
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
      return [consumerOf({ installation, paths, read }, path, object, only as Fields, (said) => notes.push(said))];
    });
  });
}

function consumerOf(
  files: Pick<ImportedFiles, 'installation' | 'paths' | 'read'>,
  file: string,
  object: Fields,
  entry: Fields,
  note: (sentence: string) => void,
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
    ...deployedBy(files, folder, note),
    ...(kustomization === undefined ? {} : { kustomization }),
    ...(at(object, 'spec', 'refreshInterval') === undefined
      ? {}
      : { refreshInterval: shortest(String(at(object, 'spec', 'refreshInterval'))) }),
    secretStoreRef: { ...(store.kind === undefined ? {} : { kind: store.kind }), name: store.name ?? '' },
    secretKey: String(entry['secretKey']),
    target: told,
  } as ConsumerInput;
}

/** Objects that deploy folders, by the field in which a consumer names one. */
const DEPLOYING = {
  application: { kind: 'Application', api: 'argoproj.io/', foldersOf: foldersOfApplication },
  fluxKustomization: { kind: 'Kustomization', api: 'kustomize.toolkit.fluxcd.io/', foldersOf: foldersOfKustomization },
} as const;

/**
 * The object of whoever deploys here that has the folder, or one above it: the deepest. Where several have the same one, such as each
 * cluster its own, none is chosen, and a note says which they are.
 */
function deployedBy(
  { installation, paths, read }: Pick<ImportedFiles, 'installation' | 'paths' | 'read'>,
  folder: string,
  note: (sentence: string) => void,
): Partial<Record<keyof typeof DEPLOYING, string>> {
  const { namedBy } = deployerTraits(installation);
  if (namedBy === undefined) return {};
  const { kind, api, foldersOf } = DEPLOYING[namedBy];
  const objects = paths
    .filter(
      (path) => /\.ya?ml$/.test(path) && /^kind: (?:Application|Kustomization|GitRepository)\b/m.test(read(path) ?? ''),
    )
    .flatMap((path) => objectsIn(read(path) ?? ''));
  const found = objects
    .filter((object) => object['kind'] === kind && String(object['apiVersion']).startsWith(api))
    .flatMap((object) => {
      const tops = foldersOf(object, installation, objects).map((path) =>
        path.replace(/^(\.?\/)+|^\.$/, '').replace(/\/+$/, ''),
      );
      const holding = tops.filter((top) => top === '' || folder === top || folder.startsWith(`${top}/`));
      return holding.map((top) => ({ name: nameOf(object, installation), depth: top.length }));
    });
  const deepest = Math.max(...found.map(({ depth }) => depth));
  const [name, ...others] = new Set(found.filter(({ depth }) => depth === deepest).map((each) => each.name));
  if (name === undefined) return {};
  if (others.length === 0) return { [namedBy]: name };
  note(
    `${kind}s ${enumerated([name, ...others])} deploy folder ${folder} alike: name the right one under its consumer, as ${namedBy}`,
  );
  return {};
}

/** Of those sources that are the GitOps repository. */
function foldersOfApplication(object: Fields, { gitops }: Installation): readonly string[] {
  const several = listOf(at(object, 'spec', 'sources'));
  const sources = several.length > 0 ? several : [at(object, 'spec', 'source')];
  return sources.flatMap((source) => {
    const [path, url] = [at(source, 'path'), at(source, 'repoURL')];
    return typeof path === 'string' && isOurs(url, gitops) ? [path] : [];
  });
}

/** The whole repository where it names none; nothing where its source is known to be another one. */
function foldersOfKustomization(object: Fields, { gitops }: Installation, all: readonly Fields[]): readonly string[] {
  const source = at(object, 'spec', 'sourceRef');
  const named = all.filter(
    (each) => each['kind'] === 'GitRepository' && at(each, 'metadata', 'name') === at(source, 'name'),
  );
  const isElsewhere = named.length > 0 && !named.some((each) => isOurs(at(each, 'spec', 'url'), gitops));
  if (isElsewhere || (at(source, 'kind') ?? 'GitRepository') !== 'GitRepository') return [];
  return [String(at(object, 'spec', 'path') ?? '')];
}

/** An address that is not written, or is a template, may be ours. */
function isOurs(url: unknown, { remote, aliases }: Installation['gitops']): boolean {
  return typeof url !== 'string' || /[{$]/.test(url) || sameRepository(url, [remote, ...aliases]);
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
