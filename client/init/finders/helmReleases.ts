import path from 'node:path';
import { at, listOf } from '../../../core/base/own.ts';
import { valuesFromOf } from '../../../integrations/flux/fluxObjects.ts';
import { enumerated } from '../../../core/base/words.ts';
import { generatorIn } from '../../../core/edits/kubernetes/configMapGenerator.ts';
import { foldersAbove, nameOf, type Placed, type Tree, words } from '../tree.ts';
import type { Chart } from './chart.ts';
import { generalContainers } from './generalCharts.ts';
import { IMAGE } from './image.ts';
import { type Held, merged } from './mergedValues.ts';

/** HelmReleases of Flux that make Authentik, each with the values that it holds itself, or those of the file that it takes all from. */
export function helmReleases(tree: Tree): readonly Chart[] {
  return tree
    .objects('HelmRelease', 'helm.toolkit.fluxcd.io/')
    .map((placed) => ({ ...placed, held: valuesOf(tree, placed) }))
    .filter(({ object, held }) => isAuthentik(tree, object) || generalContainers(held.values).length > 0)
    .map(({ path: file, object, held }) => {
      const [name, namespace] = [nameOf(object), words(at(object, 'metadata', 'namespace'))];
      const target = words(at(object, 'spec', 'targetNamespace'));
      return {
        ...held,
        // As Flux names a release (its API reference, "Release name").
        release: words(at(object, 'spec', 'releaseName')) ?? (target === undefined ? name : `${target}-${name}`),
        namespace: target ?? namespace,
        helmRelease: target === undefined || namespace === undefined ? name : `${namespace}/${name}`,
        releaseFile: enumerated([...new Set([file, ...sourcesOf(tree, object).map((source) => source.path)])]),
      };
    });
}

/** The values that Helm merges, the last over those before: those of files, in their order, and over them the release's own. */
function valuesOf(tree: Tree, { path: file, object }: Placed): Held {
  const values = at(object, 'spec', 'values');
  const whole = valuesFromOf(object).filter(({ targetPath }) => targetPath === undefined);
  const files = whole.flatMap(({ name, key }): readonly Held[] => {
    const generated = generatedFor(tree, file, name)?.find((each) => each.key === key);
    return generated === undefined
      ? []
      : [{ file: generated.file, way: [], values: tree.objectsOf(generated.file)[0]?.object }];
  });
  const own: Held = { file, way: ['spec', 'values'], values };
  return merged(values === undefined && files.length > 0 ? files : [...files, own]);
}

/** What the nearest kustomization at or above a file makes a ConfigMap of. */
function generatedFor(tree: Tree, file: string, name: string) {
  const folders = new Set([...foldersAbove(file), '.']);
  return tree
    .kustomizations()
    .filter((each) => folders.has(path.posix.dirname(each.path)))
    .toSorted((one, other) => other.path.length - one.path.length)
    .flatMap((each) => {
      const files = generatorIn(tree.read(each.path) ?? '', name)?.files;
      const folder = path.posix.dirname(each.path);
      return files === undefined
        ? []
        : [files.map(({ key, path: below }) => ({ key, file: path.posix.join(folder, below) }))];
    })[0];
}

function isAuthentik(tree: Tree, release: unknown): boolean {
  const chart = at(release, 'spec', 'chart', 'spec', 'chart');
  if (chart !== undefined) return String(chart).split('/').at(-1) === 'authentik' || usesImage(release);
  const ref = at(release, 'spec', 'chartRef');
  // A patch says no chart.
  if (ref === undefined) return nameOf(release).includes('authentik');
  const urls = sourcesOf(tree, release).map(({ object }) => at(object, 'spec', 'url') ?? at(object, 'spec', 'chart'));
  // Where the source is not in this repository, names tell.
  const told = urls.length > 0 ? urls : [at(ref, 'name'), nameOf(release)];
  return told.some((each) => /authentik\/?$/.test(String(each)));
}

/** The objects of this repository that a release has its chart from, by a reference or by the name of a repository of charts. */
function sourcesOf(tree: Tree, release: unknown): readonly Placed[] {
  const ref = at(release, 'spec', 'chartRef') ?? at(release, 'spec', 'chart', 'spec', 'sourceRef');
  return tree
    .objects(String(at(ref, 'kind')), 'source.toolkit.fluxcd.io/')
    .filter(({ object }) => nameOf(object) === at(ref, 'name'));
}

/** A chart of another name that is given Authentik's image, such as a general one. */
function usesImage(release: unknown): boolean {
  const isChart = listOf(at(release, 'spec', 'values', 'blueprints', 'configMaps')).length > 0;
  return isChart && IMAGE.test(JSON.stringify(at(release, 'spec', 'values') ?? ''));
}
