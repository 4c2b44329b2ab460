import path from 'node:path';
import { RegistrarError } from '../../core/base/errors.ts';
import { at } from '../../core/base/own.ts';
import { objectsIn } from '../../core/kubernetes/manifests.ts';
import type { FileTexts } from '../../core/plan/unifiedDiff.ts';
import type { RepositoryTexts } from '../workingCopy.ts';

/** An object of a manifest, and the file that holds it. */
export interface Placed {
  readonly path: string;
  readonly object: unknown;
}

/** The manifests of a working copy by what they are, for finders that know no name yet. A file that cannot be read holds nothing. */
export class Tree {
  readonly #files: RepositoryTexts;
  readonly #parsed = new Map<string, readonly unknown[]>();
  readonly #byKind = new Map<string, readonly Placed[]>();

  constructor(files: RepositoryTexts) {
    this.#files = files;
  }

  /** This one once these files are written. */
  with(files: readonly FileTexts[]): Tree {
    return files.length === 0 ? this : new Tree(textsWith(this.#files, files));
  }

  get paths(): readonly string[] {
    return this.#files.paths();
  }

  /** As {@link read}, but throws `Refused` for what is no plain file of text. */
  readonly readPlain = (file: string): string | undefined => this.#files.read(file);

  readonly read = (file: string): string | undefined => {
    try {
      return this.#files.read(file);
    } catch (error) {
      if (error instanceof RegistrarError) return undefined;
      throw error;
    }
  };

  /** Objects of a kind; `api`: what their `apiVersion` begins with. */
  objects(kind: string, api = ''): readonly Placed[] {
    const known =
      this.#byKind.get(kind) ??
      this.holding([`kind: ${kind}`, `kind: "${kind}"`, `kind: '${kind}'`])
        .flatMap((file) => this.objectsOf(file))
        .filter(({ object }) => at(object, 'kind') === kind);
    this.#byKind.set(kind, known);
    return known.filter(({ object }) => String(at(object, 'apiVersion')).startsWith(api));
  }

  /** YAML files that hold one of these texts. */
  holding(texts: readonly string[]): readonly string[] {
    return this.#files.filesHolding(texts).filter((file) => /\.ya?ml$/.test(file));
  }

  objectsOf(file: string): readonly Placed[] {
    const known = this.#parsed.get(file) ?? objectsIn(this.read(file) ?? '');
    this.#parsed.set(file, known);
    return known.map((object) => ({ path: file, object }));
  }

  /** The kustomization.yaml of every folder that has one. */
  kustomizations(): readonly Placed[] {
    return this.paths
      .filter((file) => /(^|\/)(kustomization\.ya?ml|Kustomization)$/.test(file))
      .flatMap((file) => this.objectsOf(file).slice(0, 1));
  }

  /** The namespace that the nearest kustomization at or above a file writes over it. */
  kustomizedNamespace(file: string): string | undefined {
    const above = this.kustomizations().flatMap(({ path: each, object }) => {
      const [folder, namespace] = [path.posix.dirname(each), at(object, 'namespace')];
      return typeof namespace === 'string' && (folder === '.' || file.startsWith(`${folder}/`))
        ? [{ folder, namespace }]
        : [];
    });
    return above.toSorted((one, other) => other.folder.length - one.folder.length)[0]?.namespace;
  }
}

/** The texts of a working copy once these files are written. */
export function textsWith(texts: RepositoryTexts, files: readonly FileTexts[]): RepositoryTexts {
  const changed = new Map(files.map(({ path: file, after }) => [file, after]));
  return {
    read: (file) => (changed.has(file) ? changed.get(file) : texts.read(file)),
    paths: () => [...new Set([...texts.paths(), ...changed.keys()])].toSorted(),
    filesHolding: (some) => [
      ...texts.filesHolding(some).filter((file) => !changed.has(file)),
      ...[...changed].flatMap(([file, text]) => (some.some((each) => text?.includes(each) === true) ? [file] : [])),
    ],
  };
}

export const nameOf = (object: unknown): string => String(at(object, 'metadata', 'name'));

/** The folders of a file, the nearest first. */
export function foldersAbove(file: string): readonly string[] {
  const folder = path.posix.dirname(file);
  return folder === '.' ? [] : [folder, ...foldersAbove(folder)];
}

/** A text, where it is one that says something. */
export function words(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
