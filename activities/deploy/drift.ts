import { deployedBelow, deployedOf } from '../../core/kubernetes/deployed.ts';
import { objectDrift } from '../../core/kubernetes/jsonDrift.ts';
import { withoutEntry, type OurResource } from '../../core/kubernetes/ourEntries.ts';
import type { Names } from '../../core/names/names.ts';
import type { Deps } from '../deps.ts';
import { manifestAt } from '../state/manifest.ts';
import { isOfChart, objectRef } from '../state/ourResources.ts';
import { madeOf } from './compared.ts';

/**
 * JSON pointers at which a live resource differs from what the target branch says at a commit; `/` where one is absent, or where
 * what a chart made of it cannot be known. In a repair our own entry is left out: to deploy that is what it is for.
 */
export async function drifted(
  deps: Deps,
  base: string,
  resource: OurResource,
  repaired?: Names,
): Promise<readonly string[]> {
  const ofChart = isOfChart(deps, resource);
  // Only Argo CD says what became of a chart's values.
  if (ofChart && deps.argocd === undefined) return [];
  const live = await deps.cluster.get(objectRef(deps, resource));
  if (live === undefined) return ['/'];
  const made = await madeOf(deps, base, resource, live);
  const wanted = made ?? (ofChart ? undefined : await manifestAt(deps, base, resource));
  if (wanted === undefined) return ['/'];
  const field = resource === 'configMap' ? 'data' : 'spec';
  const [asked, found] = [wanted, live].map((each) =>
    repaired === undefined ? each : withoutEntry(resource, each, repaired),
  );
  const deployed = deployedBelow(resource === 'deployment' ? deployedOf(live) : undefined, field);
  return objectDrift(asked?.[field], found?.[field], deployed, `/${field}`);
}
