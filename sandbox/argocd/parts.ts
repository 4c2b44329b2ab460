import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { chartManifests, isChart } from './charts.ts';
import { ManifestError } from './manifestError.ts';
import { madeOnce, render, resolveRevision } from './manifests.ts';
import type { Part, Release } from './part.ts';

/** A commit; of a chart its version, the newest one that there is where a range is asked for. */
export async function resolved(part: Part, revision = ''): Promise<string> {
  const wanted = revision === '' ? part.target : revision;
  return part.chart === undefined ? resolveRevision(part.repository, wanted) : wanted.replace('*', '8.0');
}

/** What each source makes at its revision. Throws {@link ManifestError} that says which source it is of. */
export async function manifestsOfParts(
  parts: readonly Part[],
  revisions: readonly string[],
  release: Release,
): Promise<readonly KubernetesObject[]> {
  const all: KubernetesObject[] = [];
  for (const i of parts.keys()) {
    try {
      const key = JSON.stringify([parts, revisions, i, release]);
      all.push(...(await madeOnce(key, () => manifestsOfPart(parts, revisions, i, release))));
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      throw new ManifestError(error.message.replace('source 1 of 1', `source ${i + 1} of ${parts.length}`));
    }
  }
  return all;
}

async function manifestsOfPart(
  parts: readonly Part[],
  revisions: readonly string[],
  i: number,
  { name, namespace }: Release,
): Promise<readonly KubernetesObject[]> {
  const part = parts[i];
  const revision = revisions[i] ?? '';
  if (part === undefined || (part.path === undefined && part.chart === undefined)) return [];
  if (part.chart === undefined && !(await isChart(part.repository, revision, part.path ?? '')))
    return render(part.repository, revision, part.path ?? '', namespace);
  return chartManifests(parts, revisions, i, { name: part.helm?.releaseName ?? name, namespace });
}
