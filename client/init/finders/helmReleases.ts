import path from 'node:path';
import { at, listOf } from '../../../core/base/own.ts';
import { enumerated } from '../../../core/base/words.ts';
import { generatorIn } from '../../../core/edits/kubernetes/configMapGenerator.ts';
import { nameOf, type Placed, type Tree, words } from '../tree.ts';
import type { Chart } from './chart.ts';
import { generalContainers } from './generalCharts.ts';
import { IMAGE } from './image.ts';

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

function valuesOf(tree: Tree, { path: file, object }: Placed): Pick<Chart, 'file' | 'way' | 'values'> {
  const values = at(object, 'spec', 'values');
  const from = listOf(at(object, 'spec', 'valuesFrom')).map((each) => at(each, 'name'));
  const [generated] = tree.kustomizations().flatMap(({ path: kustomization }) =>
    from
      .flatMap((name) => generatorIn(tree.read(kustomization) ?? '', String(name))?.files ?? [])
      .map((each) => ({
        file: path.posix.join(path.posix.dirname(kustomization), each.path),
      })),
  );
  if (values !== undefined || generated === undefined) return { file, way: ['spec', 'values'], values };
  return { file: generated.file, way: [], values: tree.objectsOf(generated.file)[0]?.object };
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
