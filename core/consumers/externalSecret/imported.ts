import { listedResources } from '../../edits/kubernetes/kustomization.ts';
import type { Installation } from '../../installation/installation.ts';
import { fluxPlace } from '../../installation/fluxPlace.ts';
import { bareFolder, isGitOpsRepository } from '../../installation/repositoryAddress.ts';
import { deployerTraits } from '../../installation/deployers.ts';
import { sourceOfKey } from '../../kubernetes/externalSecret/arrivals.ts';
import { objectsIn as valuesIn } from '../../kubernetes/manifests.ts';
import { substitutionIn } from '../../kubernetes/substitution.ts';
import type { ConsumerInput, ImportedClient, ImportedFiles } from '../kind.ts';
import { at, isMapping, listOf } from '../../base/own.ts';
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
    const mayTell = [vaultField, '${', 'dataFrom'].some((part) => text.includes(part));
    if (!text.includes('ExternalSecret') || !mayTell) return [];
    return objectsIn(text).flatMap((object) => {
      const data = listOf(at(object, 'spec', 'data'));
      if (object['kind'] !== 'ExternalSecret') return [];
      const name = String(at(object, 'metadata', 'name'));
      const put = substitutedIn(object, text, installation);
      if (put !== undefined && data.some((entry) => mayRead(entry, known, installation))) {
        notes.push(
          `ExternalSecret ${name} of ${path} holds ${put}, in whose place Flux puts a value, and it may read field ${vaultField}: a consumer of the job has its values written out, so it is none`,
        );
        return [];
      }
      if (!data.some((entry) => reads(entry, known, installation))) {
        const key = extractedAs(object, known, installation);
        if (key !== undefined)
          notes.push(
            `ExternalSecret ${name} of ${path} takes field ${vaultField} by dataFrom, as key ${key}: a consumer of the job names that field alone under spec.data, so it is none; a rotation leaves it to people, unless you rewrite it so and import again`,
          );
        return [];
      }
      const [only] = data;
      if (data.length > 1 || only === undefined) {
        notes.push(`ExternalSecret ${name} of ${path} holds other secrets too: a consumer has one of its own`);
        return [];
      }
      if (Object.keys(installation.clusters).length > 1)
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
  const { deployer, namespace: deployed } = deployedBy(files, folder, note);
  const built = kustomization === undefined ? undefined : namespaceIn(files.read(kustomization) ?? '');
  const namespace = at(object, 'metadata', 'namespace') ?? filledIn(files.installation, { built, deployed });
  if (namespace === undefined)
    note(
      `the namespace of ExternalSecret ${name} could not be read: "default" is a guess, so write the right one under its consumer`,
    );
  const told = {
    ...rest,
    ...(secret === undefined || secret === name ? {} : { name: secret }),
  };
  return {
    kind: 'externalSecret',
    file,
    name,
    namespace: String(namespace ?? 'default'),
    ...deployer,
    ...(kustomization === undefined ? {} : { kustomization }),
    ...(at(object, 'spec', 'refreshInterval') === undefined
      ? {}
      : { refreshInterval: shortest(String(at(object, 'spec', 'refreshInterval'))) }),
    secretStoreRef: { ...(store.kind === undefined ? {} : { kind: store.kind }), name: store.name ?? '' },
    secretKey: String(entry['secretKey']),
    target: told,
  } as ConsumerInput;
}

/** The namespace of an object that names none. */
function filledIn(
  installation: Installation,
  { built, deployed }: { readonly built: string | undefined; readonly deployed: string | undefined },
): string | undefined {
  return deployerTraits(installation).overwritesNamespace ? (deployed ?? built) : (built ?? deployed);
}

function namespaceIn(kustomization: string): string | undefined {
  return asNamespace(objectsIn(kustomization)[0]?.['namespace']);
}

/** What a template or a substitution makes of it nobody can tell. */
function asNamespace(value: unknown): string | undefined {
  return typeof value === 'string' && /^[a-z0-9-]+$/.test(value) ? value : undefined;
}

/** Objects that deploy folders, by the field in which a consumer names one. */
const DEPLOYING = {
  application: {
    kind: 'Application',
    api: 'argoproj.io/',
    foldersOf: foldersOfApplication,
    namespaceAt: ['spec', 'destination', 'namespace'],
  },
  fluxKustomization: {
    kind: 'Kustomization',
    api: 'kustomize.toolkit.fluxcd.io/',
    foldersOf: foldersOfKustomization,
    namespaceAt: ['spec', 'targetNamespace'],
  },
} as const;

/**
 * The object of whoever deploys here that has the folder, or one above it: the deepest. Where several have the same one, such as each
 * cluster its own, none is chosen, and a note says which they are. And the namespace that it gives an object without one.
 */
function deployedBy(
  { installation, paths, read }: Pick<ImportedFiles, 'installation' | 'paths' | 'read'>,
  folder: string,
  note: (sentence: string) => void,
): { readonly deployer: Partial<Record<keyof typeof DEPLOYING, string>>; readonly namespace?: string | undefined } {
  const { namedBy } = deployerTraits(installation);
  if (namedBy === undefined) return { deployer: {} };
  const { kind, api, foldersOf, namespaceAt } = DEPLOYING[namedBy];
  const objects = paths
    .filter(
      (path) => /\.ya?ml$/.test(path) && /^kind: (?:Application|Kustomization|GitRepository)\b/m.test(read(path) ?? ''),
    )
    .flatMap((path) => objectsIn(read(path) ?? ''));
  const found = objects
    .filter((object) => object['kind'] === kind && String(object['apiVersion']).startsWith(api))
    .flatMap((object) => {
      const tops = foldersOf(object, installation, objects).map(bareFolder);
      const holding = tops.filter((top) => top === '' || folder === top || folder.startsWith(`${top}/`));
      const namespace = asNamespace(at(object, ...namespaceAt));
      return holding.map((top) => ({ name: nameOf(object, installation), depth: top.length, namespace }));
    });
  const deepest = Math.max(...found.map(({ depth }) => depth));
  const theirs = found.filter(({ depth }) => depth === deepest);
  const [name, ...others] = new Set(theirs.map((each) => each.name));
  if (name === undefined) return { deployer: {} };
  const [first, ...rest] = new Set(theirs.map((each) => each.namespace));
  const namespace = rest.length === 0 ? first : undefined;
  if (others.length === 0) return { deployer: { [namedBy]: name }, namespace };
  note(
    `${kind}s ${enumerated([name, ...others])} deploy folder ${folder} alike: name the right one under its consumer, as ${namedBy}`,
  );
  return { deployer: {}, namespace };
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
function isOurs(url: unknown, gitops: Installation['gitops']): boolean {
  return typeof url !== 'string' || /[{$]/.test(url) || isGitOpsRepository(gitops, url);
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

/** The key as which an object passes the field on that it extracts with others; undefined where it does not, or nobody can tell. */
function extractedAs(object: Fields, client: ImportedClient, installation: Installation): string | undefined {
  const spec = object['spec'];
  const keys = [...Object.keys(at(spec, 'target', 'template', 'data') ?? {}), client.vaultField];
  return keys.find((key) => {
    const source = sourceOfKey(spec, vaultOf(installation, client), key);
    return source?.is === 'field' && source.field === client.vaultField;
  });
}

/** The first expression of Flux's substitution in an object; undefined where it has none, or nothing is substituted there. */
function substitutedIn(object: Fields, text: string, installation: Installation): string | undefined {
  const name = String(at(object, 'metadata', 'name'));
  const substitution = substitutionIn(installation, text, { kind: 'ExternalSecret', name });
  return substitution === undefined
    ? undefined
    : /(?<!\$)\$\{[^}\n]*\}/.exec(JSON.stringify([name, object['spec']]))?.[0];
}

/** What is substituted in a reference may be the client's item or field. */
function mayRead(entry: unknown, client: ImportedClient, installation: Installation): boolean {
  const wanted = vaultOf(installation, client).remoteRef(client.vaultField);
  return (['key', 'property'] as const).every((part) => {
    const found = at(entry, 'remoteRef', part);
    return found === wanted[part] || (typeof found === 'string' && found.includes('${'));
  });
}

function objectsIn(text: string): readonly Fields[] {
  return valuesIn(text).filter((value) => isMapping(value));
}
