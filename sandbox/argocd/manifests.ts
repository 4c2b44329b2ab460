import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { parse, parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';

/** Manifests that cannot be made: nothing is applied. */
export class ManifestError extends Error {}

function folderOf(repository: string): string {
  return repository.replace(/^file:\/\//, '');
}

async function git(repository: string, args: readonly string[]): Promise<string> {
  const result = await execa('git', args, {
    cwd: folderOf(repository),
    reject: false,
    stripFinalNewline: false,
  });
  if (result.exitCode !== 0) throw new ManifestError(`Manifest generation error: ${result.stderr.trim()}`);
  return result.stdout;
}

/** The commit that a revision names: a branch, `HEAD`, or a commit. */
export async function resolveRevision(repository: string, revision: string): Promise<string> {
  // The controller asks several times a second; a branch's own file answers without a process.
  const loose = await readFile(path.join(folderOf(repository), 'refs', 'heads', revision), 'utf8').catch(() => '');
  if (/^[0-9a-f]{40}$/.test(loose.trim())) return loose.trim();
  return (await git(repository, ['rev-parse', '--verify', `${revision === '' ? 'HEAD' : revision}^{commit}`])).trim();
}

const rendered = new Map<string, readonly KubernetesObject[]>();

/** What a folder of the repository says at a commit: its kustomization's resources, or every YAML file. */
export async function render(
  repository: string,
  commit: string,
  folder: string,
  namespace: string,
): Promise<readonly KubernetesObject[]> {
  const key = JSON.stringify([repository, commit, folder, namespace]);
  const known = rendered.get(key);
  if (known !== undefined) return structuredClone(known);
  const objects = await renderAnew(repository, commit, folder, namespace);
  rendered.set(key, objects);
  return structuredClone(objects);
}

async function renderAnew(
  repository: string,
  commit: string,
  folder: string,
  namespace: string,
): Promise<readonly KubernetesObject[]> {
  const names = (await git(repository, ['ls-tree', '--name-only', commit, `${folder}/`]))
    .split('\n')
    .filter((name) => name !== '');
  const kustomization = names.find((name) => /\/kustomization\.ya?ml$/.test(name));
  let files: readonly string[] = names.filter((name) => /\.ya?ml$/.test(name));
  let space = namespace;
  if (kustomization !== undefined) {
    const settings = parse(await git(repository, ['show', `${commit}:${kustomization}`])) as {
      resources?: string[];
      namespace?: string;
    };
    files = (settings.resources ?? []).map((resource) => `${folder}/${resource}`);
    space = settings.namespace ?? namespace;
  }
  const objects: KubernetesObject[] = [];
  for (const file of files) objects.push(...documents(await git(repository, ['show', `${commit}:${file}`]), file));
  return objects.map((object) => ({
    ...object,
    metadata: { ...object.metadata, namespace: object.metadata.namespace ?? space },
  }));
}

function documents(text: string, file: string): readonly KubernetesObject[] {
  return parseAllDocuments(text, { logLevel: 'silent' }).flatMap((document) => {
    if (document.errors.length > 0)
      throw new ManifestError(`Manifest generation error: ${file}: ${document.errors[0]?.message ?? ''}`);
    const value = document.toJS() as KubernetesObject | null;
    return value === null ? [] : [value];
  });
}
