import path from 'node:path';
import { at } from '../../../core/base/own.ts';
import { sourcesOf, type Spec } from '../../../integrations/argocd/sources.ts';
import { nameOf, type Placed, type Tree, words } from '../tree.ts';
import { applicationsIn } from './applications.ts';
import type { Chart } from './chart.ts';
import { umbrellaCharts } from './chartFolders.ts';
import { generalContainers } from './generalCharts.ts';

/** Charts of Authentik that Applications of Argo CD deploy: by a file of values, by values of their own, or from a folder. */
export function applicationCharts(tree: Tree): readonly Chart[] {
  return applicationsIn(tree).flatMap((placed) => chartsOf(tree, placed));
}

function chartsOf(tree: Tree, { path: file, object }: Placed): readonly Chart[] {
  const spec = at(object, 'spec') as Spec | undefined;
  const { sources, byPosition } = sourcesOf(spec ?? {});
  const by = { application: nameOf(object), namespace: words(at(object, 'spec', 'destination', 'namespace')) };
  return sources.flatMap((source, i): readonly Chart[] => {
    const release = words(at(source.helm, 'releaseName')) ?? by.application;
    if (source.path !== undefined && source.chart === undefined && !isOfGoauthentik(source.repoURL))
      return umbrellaCharts(tree, release, source.path).map((chart) => ({ ...chart, ...by }));
    const isChart = source.chart === 'authentik' || isOfGoauthentik(source.repoURL);
    const isOurs = (values: unknown): boolean => isChart || generalContainers(values).length > 0;
    const [from] = (source.helm?.valueFiles ?? []).toReversed().flatMap((each) => {
      const [, ref, below] = /^\$([^/]+)\/(.*)$/.exec(each) ?? [];
      return ref === undefined || below === undefined ? [] : [path.posix.join(below)];
    });
    if (from !== undefined) {
      const values = tree.objectsOf(from)[0]?.object;
      return isOurs(values) ? [{ ...by, file: from, way: [], values, release }] : [];
    }
    const values = source.helm?.valuesObject;
    if (values === undefined || !isOurs(values)) return [];
    const way = ['spec', ...(byPosition ? ['sources', String(i)] : ['source']), 'helm', 'valuesObject'];
    return [{ ...by, file, way, values, release, inApplication: true }];
  });
}

/** Goauthentik's own repository of charts. */
const isOfGoauthentik = (remote: string): boolean => /goauthentik\/helm/.test(remote);
