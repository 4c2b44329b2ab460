import { at, listOf } from '../../../core/base/own.ts';
import { mountedMaps } from '../../../core/kubernetes/blueprintMount.ts';
import { environmentIn } from '../../../core/edits/kubernetes/workerEnvironment.ts';
import { type Tree, words } from '../tree.ts';
import { applicationCharts } from './argoCdCharts.ts';
import type { Chart } from './chart.ts';
import { bareValues, kustomizeCharts, umbrellaCharts } from './chartFolders.ts';
import { type GeneralContainer, generalContainers, generalMounts, generalName } from './generalCharts.ts';
import { helmReleases } from './helmReleases.ts';
import { scopeOf } from './mergedValues.ts';
import type { Worker } from './worker.ts';

/** Workers that goauthentik's chart makes, or a general one, by whoever deploys it; values that nobody is seen to deploy where there is none else. */
export function chartWorkers(tree: Tree): readonly Worker[] {
  const deployed = [
    ...helmReleases(tree),
    ...applicationCharts(tree),
    ...kustomizeCharts(tree),
    ...umbrellaCharts(tree),
  ];
  const charts = deployed.length > 0 ? deployed : bareValues(tree);
  // Two ways may lead to one file, as an Application of a chart's folder and the chart itself.
  return [...new Map(charts.toReversed().map((chart) => [`${chart.file}#${chart.way.join('.')}`, chart])).values()]
    .toReversed()
    .flatMap((chart) => {
      const general = generalContainers(chart.values);
      return general.length > 0 ? general.map((each) => generalWorker(tree, chart, each)) : [workerOf(tree, chart)];
    });
}

function generalWorker(tree: Tree, chart: Chart, found: GeneralContainer): Worker {
  const { file, way, values, release, ...by } = chart;
  const { controller, key } = found;
  const container = ['controllers', controller, 'containers', key];
  const place = {
    name: generalName(values, release, controller),
    container: words(at(values, ...container, 'nameOverride')) ?? key,
    valuesPath: [...way, ...container, 'env'].join('.'),
  };
  const mounts = generalMounts(values, found);
  return {
    ...by,
    ...place,
    file,
    mounts: mounts.length === 0 ? undefined : mounts,
    environment: environmentIn(tree.read(file) ?? '', place) ?? { env: [], envFrom: [] },
    secretFolders: [],
    values,
  };
}

function workerOf(tree: Tree, { file, way, values, release, ...by }: Chart): Worker {
  const valuesPath = [...way, scopeOf(values), 'env'].join('.');
  const fullname = words(at(values, 'fullnameOverride')) ?? fullNameOf(release, words(at(values, 'nameOverride')));
  const place = { name: `${fullname}-worker`, container: 'worker', valuesPath };
  const listed = at(values, 'blueprints', 'configMaps');
  const scopes = ['global', 'worker'].map((scope) => [scope]);
  const mounts = mountedMaps(values, {
    volumes: scopes.map((scope) => [...scope, 'volumes']),
    mounts: scopes.map((scope) => [...scope, 'volumeMounts']),
  });
  // goauthentik's chart mounts what is listed there so (its templates/worker/deployment.yaml).
  const byChart = listOf(listed).map((each) => ({ configMap: String(each), mountedAs: `mounted/cm-${String(each)}` }));
  return {
    ...by,
    ...place,
    file,
    values,
    mounts: byChart.length + mounts.length === 0 ? undefined : [...byChart, ...mounts],
    environment: environmentIn(tree.read(file) ?? '', place) ?? { env: [], envFrom: [] },
    secretFolders: [],
  };
}

/** As `authentik.fullname` of goauthentik's chart (its templates/_helpers.tpl). */
function fullNameOf(release: string, name = 'authentik'): string {
  return release.includes(name) ? release : `${release}-${name}`;
}
