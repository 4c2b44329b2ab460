import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import { type CheckBasis, type CheckReport, byRepair } from '../../core/check/finding.ts';
import { compareLive } from '../../core/check/live.ts';
import { deployerTraits } from '../../core/installation/deployers.ts';
import type { Deps } from '../deps.ts';
import { manifestAt } from './manifest.ts';
import { objectRef } from './ourResources.ts';

/** Our entry of a live resource against that of the target branch. */
export async function ourEntry(
  deps: Deps,
  { client, names, base }: Pick<CheckBasis, 'client' | 'names' | 'base'>,
  resource: OurResource,
): Promise<CheckReport> {
  const ref = objectRef(deps, resource);
  const { kind, name } = ref;
  const wanted = await manifestAt(deps, base, resource);
  const live = await deps.cluster.get(ref);
  const { gitops, authentik } = deps.installation;
  const remedy = !deployerTraits(deps.installation).isAsked
    ? byRepair(
        client,
        (command) =>
          `See that whoever deploys ${gitops.branch} does so. ${command} waits for it, then proves the rest.`,
      )
    : byRepair(client);
  const input = { names, container: authentik.deployment.container, branch: gitops.branch, remedy };
  return compareLive(input, resource, `${kind} ${name}`, wanted, live);
}
