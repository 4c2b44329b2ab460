import path from 'node:path';
import { parse } from 'yaml';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { authentikChart } from '../helm/authentikChart.ts';
import { ManifestError } from './manifestError.ts';
import { filesIn, GENERATION, show } from './manifests.ts';
import type { Part, Release } from './part.ts';

type Values = Readonly<Record<string, unknown>>;

export async function isChart(repository: string, commit: string, folder: string): Promise<boolean> {
  return (await filesIn(repository, commit, folder)).includes(path.posix.join(folder, 'Chart.yaml'));
}

/**
 * Stand-in for Helm in Argo CD's repository server: goauthentik's chart of a Helm repository, or such a chart as the dependency of one
 * that stands in Git.
 */
export async function chartManifests(
  parts: readonly Part[],
  revisions: readonly string[],
  i: number,
  release: Release,
): Promise<readonly KubernetesObject[]> {
  const part = parts[i] as Part;
  const texts = await valueTexts(parts, revisions, i);
  const values = [...texts.map((text) => parse(text) as Values | null), part.helm?.valuesObject ?? {}].reduce<Values>(
    (below, over) => mergedValues(below, over ?? {}),
    {},
  );
  const scopes = part.chart === undefined ? await dependencies(part, revisions[i] ?? '', values) : [values];
  return scopes.flatMap((scope) => authentikChart(release, scope));
}

/** The values of each chart that an umbrella chart depends on; what is global is every chart's. */
async function dependencies({ repository, path: folder = '' }: Part, commit: string, values: Values) {
  const [text = ''] = await show(repository, commit, [path.posix.join(folder, 'Chart.yaml')]);
  const { dependencies: all = [] } = parse(text) as { dependencies?: { name: string; alias?: string }[] };
  const global = (values['global'] ?? {}) as Values;
  return all
    .filter(({ name }) => name === 'authentik')
    .map(({ name, alias = name }) => mergedValues((values[alias] ?? {}) as Values, { global }));
}

/** Texts in the order in which Helm reads them. */
async function valueTexts(parts: readonly Part[], revisions: readonly string[], i: number): Promise<readonly string[]> {
  const part = parts[i] as Part;
  const folder = part.path ?? '';
  const own = part.chart === undefined ? await ownValues(part, revisions[i] ?? '') : [];
  const texts = (part.helm?.valueFiles ?? []).map(async (entry) => {
    const [, ref, below] = /^\$([^/]+)\/(.*)$/.exec(entry) ?? [];
    const at = ref === undefined ? i : parts.findIndex((other) => other.ref === ref);
    const of = parts[at];
    if (of === undefined)
      throw new ManifestError(`${GENERATION}: source referenced "$${ref}", which is not one of the available sources`);
    if (of.repository === part.repository && revisions[at] !== revisions[i])
      throw new ManifestError(`${GENERATION}: cannot reference a different revision of the same repository`);
    const from = ref === undefined && !entry.startsWith('/') ? `/${folder}` : '/';
    const [text = ''] = await show(of.repository, revisions[at] ?? '', [
      path.posix.join(from, below ?? entry).slice(1),
    ]);
    return text;
  });
  return [...own, ...(await Promise.all(texts))];
}

async function ownValues({ repository, path: folder = '' }: Part, commit: string): Promise<readonly string[]> {
  const file = path.posix.join(folder, 'values.yaml');
  return (await filesIn(repository, commit, folder)).includes(file) ? show(repository, commit, [file]) : [];
}

/** Maps are merged, a list is replaced as a whole. */
function mergedValues(below: Values, over: Values): Values {
  const merged = Object.entries(over).map(([key, value]) => {
    const old = below[key];
    return [key, isMap(value) && isMap(old) ? mergedValues(old, value) : value] as const;
  });
  return { ...below, ...Object.fromEntries(merged) };
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
