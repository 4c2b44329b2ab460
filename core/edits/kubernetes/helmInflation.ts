import { at, listOf } from '../../base/own.ts';
import { dataOf, parse, undefinedIfUneditable } from '../yaml/yamlDocument.ts';

/**
 * Files from which a kustomization's `helmCharts` take values below a path, as it names them. A chart whose `valuesInline` sets
 * them too is left out: kustomize lets those override the file's (`valuesMerge: override`, its default).
 */
export function helmValueFiles(kustomization: string, valuesPath: string): readonly string[] {
  const [data] = undefinedIfUneditable(() => dataOf(parse(kustomization))) ?? [];
  const charts = listOf(at(data, 'helmCharts')).filter(
    (chart) => at(chart, 'valuesInline', ...valuesPath.split('.')) === undefined,
  );
  return charts
    .flatMap((chart) => [at(chart, 'valuesFile'), ...listOf(at(chart, 'additionalValuesFiles'))])
    .filter((name) => typeof name === 'string');
}
