import path from 'node:path';
import { at } from '../../../core/base/own.ts';
import { sourcesOf, type Spec } from '../../../integrations/argocd/sources.ts';
import { nameOf, type Placed, type Tree, words } from '../tree.ts';
import type { Chart } from './chart.ts';
import { umbrellaCharts } from './chartFolders.ts';

/** Charts of Authentik that Applications of Argo CD deploy: by a file of values, by values of their own, or from a folder. */
export function applicationCharts(tree: Tree): readonly Chart[] {
  return tree.objects('Application', 'argoproj.io/').flatMap((placed) => chartsOf(tree, placed));
}

function chartsOf(tree: Tree, { path: file, object }: Placed): readonly Chart[] {
  const spec = at(object, 'spec') as Spec | undefined;
  const { sources, byPosition } = sourcesOf(spec ?? {});
  const by = { application: nameOf(object), namespace: words(at(object, 'spec', 'destination', 'namespace')) };
  return sources.flatMap((source, i): readonly Chart[] => {
    const release = words(at(source.helm, 'releaseName')) ?? by.application;
    const of = umbrellaCharts(tree, release, source.path ?? '').map((chart) => ({ ...chart, ...by }));
    // From a Helm repository, or from goauthentik's own repository of charts.
    const isChart = source.chart === 'authentik' || /goauthentik\/helm/.test(source.repoURL);
    if (!isChart) return source.path === undefined ? [] : of;
    const [values] = (source.helm?.valueFiles ?? []).toReversed().flatMap((each) => {
      const [, ref, below] = /^\$([^/]+)\/(.*)$/.exec(each) ?? [];
      return ref === undefined || below === undefined ? [] : [path.posix.join(below)];
    });
    if (values !== undefined)
      return [{ ...by, file: values, way: [], values: tree.objectsOf(values)[0]?.object, release }];
    if (source.helm?.valuesObject === undefined) return [];
    const way = ['spec', ...(byPosition ? ['sources', String(i)] : ['source']), 'helm', 'valuesObject'];
    return [{ ...by, file, way, values: source.helm.valuesObject, release, inApplication: true }];
  });
}
