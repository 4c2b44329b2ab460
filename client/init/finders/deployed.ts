import path from 'node:path';
import { RegistrarError } from '../../../core/base/errors.ts';
import { builtFrom } from '../../../activities/deploy/fluxReach.ts';
import type { Tree } from '../tree.ts';

/** The files that hold Authentik's three objects. */
export type Edited = readonly string[];

/** What deploys some of them. */
export interface DeployedBy {
  readonly name: string;
  readonly file: string;
  /** Of these files those that it deploys. */
  readonly files: Edited;
  /** Length of the folder: of two that deploy them all, the one nearer to them is meant. */
  readonly depth: number;
  /** Settings of registrar.yaml that follow, beside its name. */
  readonly remote: string | undefined;
  readonly branch: string | undefined;
}

/** What a folder leads to. */
export interface Built {
  readonly files: Edited;
  /** Why a run that follows it could not, as the rest of a sentence about what deploys it. */
  readonly refusal?: string;
}

/** Those of these files that kustomize, or whoever takes all manifests of a folder, builds from it. */
export async function builtOf(tree: Tree, folder: string, components: Edited, files: Edited): Promise<Built> {
  const git = {
    readFile: async (_commit: string, file: string) => tree.readPlain(file),
    listFiles: async (_commit: string, at: string) => tree.paths.filter((file) => path.posix.dirname(file) === at),
  };
  const here = path.posix.join(folder).replace(/\/$/, '');
  const folders = [here, ...components.map((each) => path.posix.join(here, each))];
  try {
    const built = await Promise.all(folders.map((each) => builtFrom(git, '', each, files)));
    return { files: files.filter((file) => built.some((each) => each.has(file))) };
  } catch (error) {
    if (!(error instanceof RegistrarError)) throw error;
    const refusal = `cannot be followed: ${error.message}, and a run reads plain files alone`;
    return { files: files.filter((file) => here === '.' || file.startsWith(`${here}/`)), refusal };
  }
}

/** Those that deploy the most of the files, and of these the nearest. */
export function nearest<T extends DeployedBy>(all: readonly T[]): readonly T[] {
  const most = Math.max(0, ...all.map(({ files }) => files.length));
  const best = all.filter(({ files }) => files.length === most && most > 0);
  const depth = Math.max(...best.map((each) => each.depth));
  return best.filter((each) => each.depth === depth);
}
