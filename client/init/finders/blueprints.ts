import path from 'node:path';
import { at } from '../../../core/base/own.ts';
import { clientsIn } from '../../../core/edits/blueprint/clientsIn.ts';
import { PROVIDER } from '../../../core/edits/blueprint/models.ts';
import { generatorIn, generatorNames } from '../../../core/edits/kubernetes/configMapGenerator.ts';
import { nameOf, type Tree } from '../tree.ts';
import type { Worker } from './worker.ts';

/** A ConfigMap that may hold the blueprints of clients, written out or generated. */
export interface Blueprints {
  readonly file: string;
  readonly configMap: string;
  /** Folder of the files of which kustomize generates it. */
  readonly generatedFrom?: string;
  readonly mountedAs?: string | undefined;
  readonly sections: ReadonlyMap<string, string>;
}

/**
 * The ConfigMaps that are most likely the one: those that the worker mounts and that make clients, else those that it mounts; where
 * the worker's file does not tell what it mounts, those that hold blueprints.
 */
export function blueprintsFor(tree: Tree, worker: Worker | undefined): readonly Blueprints[] {
  const all = [...written(tree), ...generated(tree)];
  const mountOf = (name: string) => worker?.mounts?.find(({ configMap }) => configMap === name)?.mountedAs;
  const holds = (text: string) => (each: Blueprints) => [...each.sections.values()].some((one) => one.includes(text));
  const isTold = (worker?.mounts ?? []).length > 0;
  const mounted = all
    .filter(({ configMap }) => mountOf(configMap) !== undefined)
    .map((each) => ({ ...each, mountedAs: mountOf(each.configMap) }));
  return (
    [PROVIDER, 'authentik_']
      .map((text) => (isTold ? mounted : all).filter(holds(text)))
      .concat([mounted])
      .find((some) => some.length > 0) ?? []
  );
}

function written(tree: Tree): readonly Blueprints[] {
  return tree.objects('ConfigMap').map(({ path: file, object }) => ({
    file,
    configMap: nameOf(object),
    sections: new Map(
      Object.entries(at(object, 'data') ?? {}).filter((each): each is [string, string] => typeof each[1] === 'string'),
    ),
  }));
}

function generated(tree: Tree): readonly Blueprints[] {
  return tree.kustomizations().flatMap(({ path: file }) => {
    const text = tree.read(file) ?? '';
    const folder = path.posix.dirname(file);
    return generatorNames(text).flatMap((configMap): readonly Blueprints[] => {
      const files = (generatorIn(text, configMap)?.files ?? []).map(({ key, path: below }) => ({
        key,
        at: path.posix.join(folder, below),
      }));
      const [first] = files;
      if (first === undefined) return [];
      const sections = new Map(files.map((each) => [each.key, tree.read(each.at) ?? '']));
      return [{ file, configMap, generatedFrom: path.posix.dirname(first.at), sections }];
    });
  });
}

/** The one section that all clients share, which new ones are then to join; undefined where one has a section of its own. */
export function sharedSection({ sections }: Pick<Blueprints, 'sections'>): string | undefined {
  const { clients } = clientsIn(sections);
  const keys = new Set(clients.flatMap(({ sections: { application, provider } }) => [application, provider]));
  const [key] = keys;
  return clients.length > 1 && keys.size === 1 ? key : undefined;
}
