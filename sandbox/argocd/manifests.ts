import path from 'node:path';
import { execa } from 'execa';
import { parse, parseAllDocuments } from 'yaml';
import { FOLDER } from '../../integrations/git/gitObjects.ts';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { filesBelow, looseRef, objectsIn, textOf as textAt } from '../git/objects.ts';
import { checkTransformations, transform, type Transformations } from './kustomize.ts';
import { ManifestError } from './manifestError.ts';

export const GENERATION = 'Failed to load target state: failed to generate manifest for source 1 of 1';

async function git(repository: string, args: readonly string[]): Promise<string> {
  const result = await execa('git', args, { cwd: folderOf(repository), reject: false, stripFinalNewline: false });
  if (result.exitCode !== 0) throw new ManifestError(`${GENERATION}: ${result.stderr.trim()}`);
  return result.stdout;
}

function folderOf(repository: string): string {
  return repository.replace(/^file:\/\//, '');
}

/** The commit that a revision names: a branch, `HEAD`, or a commit. */
export async function resolveRevision(repository: string, revision: string): Promise<string> {
  const name = revision === '' ? 'HEAD' : revision;
  if (known.has(`${repository} ${name}`)) return name;
  const loose = looseRef(folderOf(repository), name === 'HEAD' ? name : `refs/heads/${name}`);
  const commit =
    loose ?? (await git(repository, ['rev-parse', '--verify', '--end-of-options', `${name}^{commit}`])).trim();
  known.add(`${repository} ${commit}`);
  return commit;
}

/** Commits that a repository is known to have. */
const known = new Set<string>();

const rendered = new Map<string, Promise<readonly KubernetesObject[]>>();
const RENDERED_KEPT = 50;

/** Manifests that were made before of the same; the controller asks at every look. */
export async function madeOnce(
  key: string,
  make: () => Promise<readonly KubernetesObject[]>,
): Promise<readonly KubernetesObject[]> {
  const found = rendered.get(key) ?? make();
  rendered.set(key, found);
  for (const old of [...rendered.keys()].slice(0, -RENDERED_KEPT)) rendered.delete(old);
  return structuredClone(await found);
}

/** What somebody lays over the folder, as Flux's Kustomization does. */
export interface Overlay {
  /** Of every object, whatever the files say. */
  readonly namespace?: string;
  readonly transformations?: Transformations;
  /** True: without a kustomization every YAML file counts that is anywhere below, and a folder with one of its own as that one says. */
  readonly wholeTree?: boolean;
}

/** What a folder of the repository says at a commit: its kustomization's resources, or every YAML file. */
export async function render(
  repository: string,
  commit: string,
  folder: string,
  namespace: string,
  overlay: Overlay = {},
): Promise<readonly KubernetesObject[]> {
  const key = JSON.stringify([repository, commit, folder, namespace, overlay]);
  return madeOnce(key, () => renderAnew(repository, commit, folder, namespace, overlay));
}

/** Names of what stands in a folder at a commit. */
export async function filesIn(repository: string, commit: string, folder: string): Promise<readonly string[]> {
  const at = path.posix.join('/', folder, '/').slice(1, -1);
  const objects = objectsIn(folderOf(repository));
  const entry = at === '' ? { mode: FOLDER, sha: commit } : await objects.entryAt(commit, at);
  if (entry?.mode !== FOLDER) return [];
  return [...(await objects.tree(entry.sha)).keys()].map((name) => path.posix.join(at, name));
}

/** The files of a commit. */
interface Tree {
  readonly repository: string;
  readonly commit: string;
  readonly paths: ReadonlySet<string>;
}

async function renderAnew(
  repository: string,
  commit: string,
  folder: string,
  namespace: string,
  overlay: Overlay,
): Promise<readonly KubernetesObject[]> {
  const paths = (await filesBelow(objectsIn(folderOf(repository)), commit, '')).map(([file]) => file);
  const tree = { repository, commit, paths: new Set(paths) };
  const objects = await built(tree, folder, overlay);
  return objects.map((object) => ({
    ...object,
    metadata: { ...object.metadata, namespace: object.metadata.namespace ?? namespace },
  }));
}

const YAML_FILE = /\.ya?ml$/;

/** What a kustomization names may be a file or a folder with one of its own. */
async function built(tree: Tree, folder: string, overlay: Overlay): Promise<readonly KubernetesObject[]> {
  const below = [...tree.paths].filter((file) => folder === '.' || file.startsWith(`${folder}/`));
  if (below.length === 0) throw new ManifestError(`${GENERATION}: ${folder}: app path does not exist`);
  const { resources, space, generators, transformations } = await settingsOf(tree, folder, below, overlay);
  const inFolder = (file: string): string => path.posix.join(folder, file);
  const patches = transformations.flatMap((each) => (each.patches ?? []).flatMap((patch) => patch.path ?? []));
  const generated = generators.flatMap((generator) => generator.files.map(({ path: file }) => file));
  const isFolder = (name: string): boolean => !tree.paths.has(name) && !YAML_FILE.test(name);
  const files = [...resources.filter((name) => !isFolder(name)), ...generated, ...patches.map(inFolder)];
  const texts = new Map((await show(tree.repository, tree.commit, files)).map((text, i) => [files[i] ?? '', text]));
  const textOf = (file: string): string => texts.get(file) ?? '';
  const objects: KubernetesObject[] = [];
  for (const name of resources)
    objects.push(...(isFolder(name) ? await built(tree, name, {}) : documents(textOf(name), name)));
  for (const { name, files: entries, ...metadata } of generators) {
    const data = Object.fromEntries(entries.map(({ key, path: file }) => [key, textOf(file)]));
    objects.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data });
  }
  const made = transformations.reduce<readonly KubernetesObject[]>(
    (all, each) => transform(all, each, (patch) => textOf(inFolder(patch))),
    objects,
  );
  return space === undefined
    ? made
    : made.map((object) => ({ ...object, metadata: { ...object.metadata, namespace: space } }));
}

interface Settings {
  readonly resources: readonly string[];
  readonly space: string | undefined;
  readonly generators: readonly Generator[];
  /** One after the other. */
  readonly transformations: readonly Transformations[];
}

const KUSTOMIZATION = /(^|\/)kustomization\.ya?ml$/;

async function settingsOf(tree: Tree, folder: string, below: readonly string[], overlay: Overlay): Promise<Settings> {
  const { namespace, transformations = {}, wholeTree = false } = overlay;
  checkTransformations(transformations);
  const isOwn = (file: string): boolean => path.posix.dirname(file) === path.posix.normalize(folder);
  const own = below.find((file) => isOwn(file) && KUSTOMIZATION.test(file));
  if (own === undefined) {
    const resources = wholeTree ? scanned(folder, below) : below.filter((file) => isOwn(file) && YAML_FILE.test(file));
    return { resources, space: namespace, generators: [], transformations: [transformations] };
  }
  const settings = readKustomization((await show(tree.repository, tree.commit, [own]))[0] ?? '', folder);
  return {
    ...settings,
    space: namespace ?? settings.space,
    transformations: [...settings.transformations, transformations],
  };
}

/** As Flux makes a kustomization: every YAML file below, and in its place a folder that has a kustomization itself. */
function scanned(folder: string, below: readonly string[]): readonly string[] {
  const folders = below.filter((file) => KUSTOMIZATION.test(file)).map((file) => path.posix.dirname(file));
  const found = below
    .filter((file) => YAML_FILE.test(file))
    .map((file) => {
      const within = folders.filter((each) => each !== folder && file.startsWith(`${each}/`));
      return within.toSorted((a, b) => a.length - b.length)[0] ?? file;
    });
  return [...new Set(found)];
}

/** Texts of files at a commit. */
export async function show(repository: string, commit: string, files: readonly string[]): Promise<readonly string[]> {
  const textOf = async (file: string): Promise<string> => {
    try {
      return await textAt(folderOf(repository), commit, file);
    } catch {
      throw new ManifestError(`${GENERATION}: ${file}: no such file or directory`);
    }
  };
  return Promise.all(files.map(textOf));
}

const KNOWN_TO_KUSTOMIZATION = new Set([
  'apiVersion',
  'kind',
  'metadata',
  'namespace',
  'resources',
  'configMapGenerator',
  'generatorOptions',
  'patches',
  'images',
  'replicas',
]);

interface Generator {
  readonly name: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly files: readonly { readonly key: string; readonly path: string }[];
}

interface GeneratorOptions {
  readonly disableNameSuffixHash?: boolean;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

interface GeneratorSettings {
  readonly name: string;
  readonly files?: readonly string[];
  readonly options?: GeneratorOptions;
}

/** A ConfigMap of files, under a name of its own: a hash behind the name is refused, and every other source. */
function readGenerator(settings: GeneratorSettings, general: GeneratorOptions, folder: string): Generator {
  const { disableNameSuffixHash, ...options } = { ...general, ...settings.options };
  const unknown = [
    ...Object.keys(settings).filter((name) => !['name', 'files', 'options'].includes(name)),
    ...Object.keys(options).filter((name) => !['labels', 'annotations'].includes(name)),
  ];
  if (unknown.length > 0 || disableNameSuffixHash !== true)
    throw new ManifestError(`the sandbox knows no configMapGenerator with ${unknown.join(', ') || 'a hash'}`);
  const files = (settings.files ?? []).map((entry) => {
    const at = entry.indexOf('=');
    const file = entry.slice(at + 1);
    return { key: at > 0 ? entry.slice(0, at) : path.posix.basename(file), path: path.posix.join(folder, file) };
  });
  return { name: settings.name, files, ...options };
}

/** Its namespace, where it names one, is that of every object. */
function readKustomization(text: string, folder: string): Settings {
  const settings = parse(text) as Transformations & {
    resources?: string[];
    namespace?: string;
    configMapGenerator?: GeneratorSettings[];
    generatorOptions?: GeneratorOptions;
  };
  const unknown = Object.keys(settings).filter((name) => !KNOWN_TO_KUSTOMIZATION.has(name));
  if (unknown.length > 0) throw new ManifestError(`the sandbox knows no kustomization with ${unknown.join(', ')}`);
  checkTransformations(settings);
  const { resources = [], namespace, configMapGenerator = [], generatorOptions = {} } = settings;
  return {
    transformations: [settings],
    resources: resources.map((resource) => path.posix.join(folder, resource).replace(/\/$/, '')),
    space: namespace,
    generators: configMapGenerator.map((generator) => readGenerator(generator, generatorOptions, folder)),
  };
}

function documents(text: string, file: string): readonly KubernetesObject[] {
  return parseAllDocuments(text, { logLevel: 'silent' }).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new ManifestError(`${GENERATION}: ${file}: ${error.message}`);
    const value = document.toJS() as Partial<KubernetesObject> | null;
    if (value === null) return [];
    if (typeof value.kind !== 'string' || typeof value.metadata?.name !== 'string')
      throw new ManifestError(`${GENERATION}: ${file}: Object 'Kind' or name is missing`);
    return [value as KubernetesObject];
  });
}
