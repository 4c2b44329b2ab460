import path from 'node:path';
import { objectsIn } from '../../core/kubernetes/manifests.ts';
import type { KustomizationState } from '../../integrations/flux/flux.ts';
import type { Deps } from '../deps.ts';

export type Files = Pick<Deps['git'], 'listFiles' | 'readFile'>;

/** Fields of a kustomization that name no file, and might be called as a folder is. */
const NO_PATHS: ReadonlySet<string> = new Set(['namespace', 'namePrefix', 'nameSuffix', 'name', 'kind', 'apiVersion']);

/**
 * Which of the files are built where kustomize is given a folder: those that its kustomization names, there or in the folders that it
 * leads to, whatever for (resources, components, files of a generator, patches). Without a kustomization Flux makes one of all
 * that is below (github.com/fluxcd/pkg, `kustomize/kustomize_generator.go`).
 */
export async function builtFrom(
  git: Files,
  commit: string,
  folder: string,
  files: readonly string[],
): Promise<ReadonlySet<string>> {
  const built = new Set<string>();
  const seen = new Set<string>();
  const visit = async (at: string): Promise<void> => {
    if (seen.has(at)) return;
    seen.add(at);
    const own = await kustomizationOf(git, commit, at);
    if (own === undefined) return visitAll(at);
    built.add(own);
    const named = objectsIn((await git.readFile(commit, own)) ?? '').flatMap((object) => textsOf(object));
    for (const each of named) {
      const target = path.posix.join(at, each);
      if (files.includes(target)) built.add(target);
      else if (!target.startsWith('..')) await visitFolder(target);
    }
  };
  const visitFolder = async (at: string): Promise<void> => {
    if ((await git.listFiles(commit, at)).length > 0) await visit(at);
  };
  /** Without a kustomization: the files below, unless one in between decides. */
  const visitAll = async (at: string): Promise<void> => {
    for (const file of files.filter((each) => at === '.' || each.startsWith(`${at}/`))) {
      const between = await nextKustomized(git, commit, at, file);
      if (between === undefined) built.add(file);
      else await visit(between);
    }
  };
  await visit(path.posix.join(folder));
  return built;
}

/** Which of these files a Kustomization's folder does not lead to, as a sentence without its end; undefined where it leads to all. */
export async function whyNotBuilt(
  git: Files,
  commit: string,
  state: Pick<KustomizationState, 'label' | 'path' | 'components'>,
  files: readonly string[],
): Promise<string | undefined> {
  const folders = [state.path, ...state.components.map((each) => path.posix.join(state.path, each))];
  const built = await Promise.all(folders.map((folder) => builtFrom(git, commit, folder, files)));
  const outside = files.filter((file) => !built.some((each) => each.has(file)));
  return outside.length === 0
    ? undefined
    : `${state.label} builds the folder ./${state.path}, which does not lead to ${outside.join(', ')}`;
}

export async function kustomizationOf(git: Files, commit: string, folder: string): Promise<string | undefined> {
  for (const name of ['kustomization.yaml', 'kustomization.yml', 'Kustomization']) {
    const file = path.posix.join(folder, name);
    if ((await git.readFile(commit, file)) !== undefined) return file;
  }
  return undefined;
}

/** The first folder with a kustomization on the way from a folder down to a file. */
async function nextKustomized(git: Files, commit: string, from: string, file: string): Promise<string | undefined> {
  const way = path.posix.relative(from, path.posix.dirname(file)).split('/');
  let folder = from;
  for (const part of way.filter((each) => each !== '')) {
    folder = path.posix.join(folder, part);
    if ((await kustomizationOf(git, commit, folder)) !== undefined) return folder;
  }
  return undefined;
}

/** What may be paths; of a generator's `key=path` the path. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return /\n|:\/\//.test(value) ? [] : [value.slice(value.indexOf('=') + 1)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => (NO_PATHS.has(key) ? [] : textsOf(each)));
}
