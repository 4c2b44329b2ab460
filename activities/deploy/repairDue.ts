import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import { ourEntry } from '../state/ourEntry.ts';
import type { Deps } from '../deps.ts';
import { describe } from '../state/ourResources.ts';
import type { DeployRequest } from './deployer.ts';

type Due = Pick<DeployRequest, 'job' | 'targets'>;

/** The targets whose live entry somebody has changed: a repair deploys them although they hold an entry of ours. */
function due({ job, targets }: Due): readonly OurResource[] {
  return targets.flatMap(({ resource }) =>
    resource !== undefined && job.repair?.deploy.includes(resource) === true ? [resource] : [],
  );
}

/** As a sentence, where a repair has to deploy one of these. */
export function repairDue(deps: Deps, wanted: Due): string | undefined {
  const [first] = due(wanted);
  return first && `the live ${describe(deps, first)} does not hold our entry as the target branch does`;
}

/** As a sentence, by a live read, what is not yet as at the commit. Outside of a repair nothing is read. */
export async function notRestored(
  deps: Deps,
  wanted: Due & Pick<DeployRequest, 'commit'>,
): Promise<string | undefined> {
  for (const resource of due(wanted)) {
    const [finding] = (await ourEntry(deps, { ...wanted.job, base: wanted.commit }, resource)).findings;
    if (finding !== undefined) return finding.what;
  }
  return undefined;
}
