import { at, isMapping, listOf } from '../../../core/base/own.ts';
import type { Chart } from './chart.ts';
import { generalContainers } from './generalCharts.ts';

/** Values of a chart, and the place of a file that holds them. */
export type Held = Pick<Chart, 'file' | 'way' | 'values'>;

/**
 * Several values as Helm merges them, the last over those before, at the place where the worker's variables are: the last that lists
 * some, for a list in another would take the place of that one; else the last of all.
 */
export function merged(all: readonly Held[]): Held {
  const values = all.map((each) => each.values).reduce((under, over) => mergedData(under, over));
  const general = generalContainers(values).map(({ controller, key }) => [
    'controllers',
    controller,
    'containers',
    key,
  ]);
  const holders = general.length > 0 ? general : [[scopeOf(values)]];
  const held = all.findLast(({ values: some }) => holders.some((way) => at(some, ...way, 'env') !== undefined));
  return { ...(held ?? (all.at(-1) as Held)), values };
}

/** Where values of goauthentik's chart give variables already: of the worker alone, or of every Deployment of the chart. */
export function scopeOf(values: unknown): 'worker' | 'global' {
  const isUsed = (scope: string): boolean =>
    ['env', 'envFrom'].some((key) => listOf(at(values, scope, key)).length > 0);
  const isThere = (scope: string): boolean => ['env', 'envFrom'].some((key) => at(values, scope, key) !== undefined);
  if (isUsed('worker')) return 'worker';
  return isUsed('global') || (isThere('global') && !isThere('worker')) ? 'global' : 'worker';
}

/** Helm merges mappings, and takes anything else from what comes later. */
function mergedData(under: unknown, over: unknown): unknown {
  if (over === undefined) return under;
  if (!isMapping(under) || !isMapping(over)) return over;
  const keys = [...new Set([...Object.keys(under), ...Object.keys(over)])];
  return Object.fromEntries(keys.map((key) => [key, mergedData(under[key], over[key])]));
}
