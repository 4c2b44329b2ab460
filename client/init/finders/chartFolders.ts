import path from 'node:path';
import { at, listOf } from '../../../core/base/own.ts';
import { type Tree, words } from '../tree.ts';
import type { Chart } from './chart.ts';
import { generalContainers } from './generalCharts.ts';

/** `helmCharts` of a kustomization, by a file or inline. */
export function kustomizeCharts(tree: Tree): readonly Chart[] {
  return tree.kustomizations().flatMap(({ path: file, object }) =>
    listOf(at(object, 'helmCharts')).flatMap((chart, i): readonly Chart[] => {
      const name = words(at(chart, 'name')) ?? '';
      const by = {
        release: words(at(chart, 'releaseName')) ?? name,
        namespace: words(at(chart, 'namespace')) ?? words(at(object, 'namespace')),
      };
      const named = words(at(chart, 'valuesFile'));
      const inline = ['helmCharts', String(i), 'valuesInline'];
      const from = named === undefined ? file : path.posix.join(path.posix.dirname(file), named);
      const values = named === undefined ? at(chart, 'valuesInline') : tree.objectsOf(from)[0]?.object;
      if (name !== 'authentik' && generalContainers(values).length === 0) return [];
      return [{ ...by, file: from, way: named === undefined ? inline : [], values }];
    }),
  );
}

/** A chart of people's own that depends on goauthentik's or on a general one, with its values beside it. */
export function umbrellaCharts(tree: Tree, release?: string, folder?: string): readonly Chart[] {
  return tree.paths
    .filter((file) => path.posix.basename(file) === 'Chart.yaml')
    .filter((file) => folder === undefined || path.posix.dirname(file) === folder)
    .flatMap((file) => {
      const chart = tree.objectsOf(file)[0]?.object;
      const values = path.posix.join(path.posix.dirname(file), 'values.yaml');
      const [found] = tree.objectsOf(values);
      const keyOf = (each: unknown): string => words(at(each, 'alias')) ?? String(at(each, 'name'));
      const dependency = listOf(at(chart, 'dependencies')).find(
        (each) => at(each, 'name') === 'authentik' || generalContainers(at(found?.object, keyOf(each))).length > 0,
      );
      if (dependency === undefined || found === undefined) return [];
      const key = keyOf(dependency);
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

/** A file of values that looks like one of goauthentik's chart, or of a general one, which nobody is seen to deploy. */
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
    const isNone = (known.length < 2 || isOthers) && generalContainers(values).length === 0;
    return isManifest || isNone ? [] : [{ file, way: [], values, release: 'authentik' }];
  });
}
