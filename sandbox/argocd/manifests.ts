import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { parse, parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
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
  const loose = await looseRef(folderOf(repository), name === 'HEAD' ? name : `refs/heads/${name}`);
  const commit =
    loose ?? (await git(repository, ['rev-parse', '--verify', '--end-of-options', `${name}^{commit}`])).trim();
  known.add(`${repository} ${commit}`);
  return commit;
}

/** Commits that a repository is known to have. */
const known = new Set<string>();

/** A branch's file, where git keeps it as one: the controller asks for it at every look. */
async function looseRef(folder: string, ref: string): Promise<string | undefined> {
  const text = await readFile(path.join(folder, ref), 'utf8').catch(() => '');
  const symbolic = /^ref: (\S+)$/.exec(text.trim())?.[1];
  if (symbolic !== undefined) return looseRef(folder, symbolic);
  return /^[0-9a-f]{40}$/.test(text.trim()) ? text.trim() : undefined;
}

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

/** What a folder of the repository says at a commit: its kustomization's resources, or every YAML file. */
export async function render(
  repository: string,
  commit: string,
  folder: string,
  namespace: string,
): Promise<readonly KubernetesObject[]> {
  const key = [repository, commit, folder, namespace].join('\0');
  return madeOnce(key, () => renderAnew(repository, commit, folder, namespace));
}

/** Names of what stands in a folder at a commit. */
export async function filesIn(repository: string, commit: string, folder: string): Promise<readonly string[]> {
  const listed = await git(repository, ['ls-tree', '-z', '--name-only', commit, '--', `${folder}/`]);
  return listed.split('\0').filter((name) => name !== '');
}

async function renderAnew(
  repository: string,
  commit: string,
  folder: string,
  namespace: string,
): Promise<readonly KubernetesObject[]> {
  const names = await filesIn(repository, commit, folder);
  if (names.length === 0) throw new ManifestError(`${GENERATION}: ${folder}: app path does not exist`);
  const kustomization = names.find((name) => /\/kustomization\.ya?ml$/.test(name));
  const { files, space, generators, transformations } =
    kustomization === undefined
      ? { files: names.filter((name) => /\.ya?ml$/.test(name)), space: undefined, generators: [], transformations: {} }
      : readKustomization((await show(repository, commit, [kustomization]))[0] ?? '', folder);
  const patches = (transformations.patches ?? []).flatMap((patch) => (patch.path === undefined ? [] : [patch.path]));
  const inFolder = (patch: string): string => path.posix.join(folder, patch);
  const generated = generators.flatMap((generator) => generator.files.map(({ path: file }) => file));
  const paths = [...files, ...generated, ...patches.map(inFolder)];
  const texts = new Map((await show(repository, commit, paths)).map((text, i) => [paths[i] ?? '', text]));
  const textOf = (file: string): string => texts.get(file) ?? '';
  const objects: KubernetesObject[] = files.flatMap((file) => documents(textOf(file), file));
  for (const generator of generators) {
    const data = Object.fromEntries(generator.files.map(({ key, path: file }) => [key, textOf(file)]));
    objects.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: generator.name }, data });
  }
  const made = transform(objects, transformations, (patch) => textOf(inFolder(patch)));
  return made.map((object) => ({
    ...object,
    metadata: { ...object.metadata, namespace: space ?? object.metadata.namespace ?? namespace },
  }));
}

/** Texts of files at a commit, by one process for all. */
export async function show(repository: string, commit: string, files: readonly string[]): Promise<readonly string[]> {
  if (files.length === 0) return [];
  const input = files.map((file) => `${commit}:${file}\n`).join('');
  const { stdout } = await execa('git', ['cat-file', '--batch'], {
    cwd: folderOf(repository),
    input,
    encoding: 'buffer',
  });
  let rest = Buffer.from(stdout);
  return files.map((file) => {
    const end = rest.indexOf('\n');
    const length = / blob (\d+)$/.exec(rest.subarray(0, end).toString('utf8'))?.[1];
    if (length === undefined) throw new ManifestError(`${GENERATION}: ${file}: no such file or directory`);
    const text = rest.subarray(end + 1, end + 1 + Number(length)).toString('utf8');
    rest = rest.subarray(end + 2 + Number(length));
    return text;
  });
}

const KNOWN_TO_KUSTOMIZATION = new Set([
  'apiVersion',
  'kind',
  'metadata',
  'namespace',
  'resources',
  'configMapGenerator',
  'patches',
  'images',
  'replicas',
]);

interface Generator {
  readonly name: string;
  readonly files: readonly { readonly key: string; readonly path: string }[];
}

/** A ConfigMap of files, under a name of its own: a hash behind the name is refused, and every other source. */
function readGenerator(
  settings: { name: string; files?: string[]; options?: { disableNameSuffixHash?: boolean } },
  folder: string,
): Generator {
  const unknown = Object.keys(settings).filter((name) => !['name', 'files', 'options'].includes(name));
  if (unknown.length > 0 || settings.options?.disableNameSuffixHash !== true)
    throw new ManifestError(`the sandbox knows no configMapGenerator with ${unknown.join(', ') || 'a hash'}`);
  const files = (settings.files ?? []).map((entry) => {
    const at = entry.indexOf('=');
    const file = entry.slice(at + 1);
    return { key: at > 0 ? entry.slice(0, at) : path.posix.basename(file), path: path.posix.join(folder, file) };
  });
  return { name: settings.name, files };
}

/** Its namespace, where it names one, is that of every object. */
function readKustomization(
  text: string,
  folder: string,
): {
  readonly files: readonly string[];
  readonly space: string | undefined;
  readonly generators: readonly Generator[];
  readonly transformations: Transformations;
} {
  const settings = parse(text) as Transformations & {
    resources?: string[];
    namespace?: string;
    configMapGenerator?: Parameters<typeof readGenerator>[0][];
  };
  const unknown = Object.keys(settings).filter((name) => !KNOWN_TO_KUSTOMIZATION.has(name));
  if (unknown.length > 0) throw new ManifestError(`the sandbox knows no kustomization with ${unknown.join(', ')}`);
  checkTransformations(settings);
  return {
    transformations: settings,
    files: (settings.resources ?? []).map((resource) => path.posix.join(folder, resource)),
    space: settings.namespace,
    generators: (settings.configMapGenerator ?? []).map((generator) => readGenerator(generator, folder)),
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
