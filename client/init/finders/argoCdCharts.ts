import path from 'node:path';
import { at } from '../../../core/base/own.ts';
import type { ApplicationSource } from '../../../integrations/argocd/argocd.ts';
import { sourcesOf, type Spec } from '../../../integrations/argocd/sources.ts';
import { nameOf, type Placed, type Tree, words } from '../tree.ts';
import { applicationsIn } from './applications.ts';
import type { Chart } from './chart.ts';
import { umbrellaCharts } from './chartFolders.ts';
import { generalContainers } from './generalCharts.ts';
import { type Held, merged } from './mergedValues.ts';

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
    const isChart = isAuthentiks(source);
    const isOurs = (values: unknown): boolean => isChart || generalContainers(values).length > 0;
    const files = (source.helm?.valueFiles ?? []).flatMap((each): readonly Held[] => {
      const [, ref, below] = /^\$([^/]+)\/(.*)$/.exec(each) ?? [];
      if (ref === undefined || below === undefined) return [];
      const from = path.posix.join(below);
      return [{ file: from, way: [], values: tree.objectsOf(from)[0]?.object }];
    });
    if (files.length > 0) {
      const held = merged(files);
      return isOurs(held.values) ? [{ ...by, ...held, release }] : [];
    }
    const values = source.helm?.valuesObject;
    if (values === undefined || !isOurs(values)) return [];
    const way = ['spec', ...(byPosition ? ['sources', String(i)] : ['source']), 'helm', 'valuesObject'];
    return [{ ...by, file, way, values, release, inApplication: true }];
  });
}

/** Of an Application that gives Authentik's chart values which are in none of the places that are edited, a sentence with its file. */
export function valuesElsewhere(tree: Tree): string | undefined {
  return applicationsIn(tree).flatMap(({ path: file, object }) => {
    const source = sourcesOf((at(object, 'spec') ?? {}) as Spec).sources.find(isAuthentiks);
    if (source === undefined) return [];
    const values = words(source.helm?.values);
    const what =
      values === undefined ? 'no values of a file' : 'its values as a text (helm.values), which is not edited';
    return [
      `${file}: Application ${nameOf(object)} gives Authentik's chart ${what}: put them into a file that helm.valueFiles names, by $ref of a source of this repository, or into helm.valuesObject`,
    ];
  })[0];
}

function isAuthentiks({ chart, repoURL }: Pick<ApplicationSource, 'chart' | 'repoURL'>): boolean {
  return chart === 'authentik' || isOfGoauthentik(repoURL);
}

/** Goauthentik's own repository of charts. */
const isOfGoauthentik = (remote: string): boolean => /goauthentik\/helm/.test(remote);
