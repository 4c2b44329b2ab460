import path from 'node:path';
import { at, listOf } from '../../../core/base/own.ts';
import { type Tree, words } from '../tree.ts';
import type { Chart } from './chart.ts';

/** `helmCharts` of a kustomization, by a file or inline. */
export function kustomizeCharts(tree: Tree): readonly Chart[] {
  return tree.kustomizations().flatMap(({ path: file, object }) =>
    listOf(at(object, 'helmCharts')).flatMap((chart, i): readonly Chart[] => {
      if (at(chart, 'name') !== 'authentik') return [];
      const by = {
        release: words(at(chart, 'releaseName')) ?? 'authentik',
        namespace: words(at(chart, 'namespace')) ?? words(at(object, 'namespace')),
      };
      const named = words(at(chart, 'valuesFile'));
      if (named === undefined) {
        const way = ['helmCharts', String(i), 'valuesInline'];
        return [{ ...by, file, way, values: at(chart, 'valuesInline') }];
      }
      const values = path.posix.join(path.posix.dirname(file), named);
      return [{ ...by, file: values, way: [], values: tree.objectsOf(values)[0]?.object }];
    }),
  );
}

/** A chart of people's own that depends on goauthentik's, with its values beside it. */
export function umbrellaCharts(tree: Tree, release?: string, folder?: string): readonly Chart[] {
  return tree.paths
    .filter((file) => path.posix.basename(file) === 'Chart.yaml')
    .filter((file) => folder === undefined || path.posix.dirname(file) === folder)
    .flatMap((file) => {
      const chart = tree.objectsOf(file)[0]?.object;
      const dependency = listOf(at(chart, 'dependencies')).find((each) => at(each, 'name') === 'authentik');
      const values = path.posix.join(path.posix.dirname(file), 'values.yaml');
      const [found] = tree.objectsOf(values);
      if (dependency === undefined || found === undefined) return [];
      const key = words(at(dependency, 'alias')) ?? 'authentik';
      return [
        {
          file: values,
          way: [key],
          values: at(found.object, key),
          release: release ?? words(at(chart, 'name')) ?? 'authentik',
        },
      ];
    });
}

/** A file of values that looks like one of goauthentik's chart, which nobody is seen to deploy. */
export function bareValues(tree: Tree): readonly Chart[] {
  return tree.holding(['authentik']).flatMap((file) => {
    const [first, ...more] = tree.objectsOf(file);
    const values = first?.object;
    const isManifest = more.length > 0 || at(values, 'kind') !== undefined || at(values, 'entries') !== undefined;
    const known = ['authentik', 'global', 'server', 'worker', 'blueprints'].filter(
      (key) => typeof at(values, key) === 'object' && at(values, key) !== null,
    );
    // Charts of others, such as that of Argo CD, have "global" and "server", too.
    const isOthers = known.every((key) => key === 'global' || key === 'server');
    return isManifest || known.length < 2 || isOthers ? [] : [{ file, way: [], values, release: 'authentik' }];
  });
}
