import { ourEntry } from '../state/ourEntry.ts';
import type { Deps } from '../deps.ts';
import { describe } from '../state/ourResources.ts';
import type { DeployRequest } from './deployer.ts';

type Due = Pick<DeployRequest, 'job' | 'resources'>;

/** As a sentence, where a repair has to deploy one of these although it names our entry: somebody changed the entry live. */
export function repairDue(deps: Deps, { job, resources }: Due): string | undefined {
  const due = resources.find((resource) => job.repair?.deploy.includes(resource));
  if (due === undefined) return undefined;
  return `the live ${describe(deps, due)} does not hold our entry as the target branch does`;
}

/** Whether a repair is due by a live read: until the entry is as it is at the commit. Outside of a repair nothing is read. */
export async function notRestored(
  deps: Deps,
  { job, resources, commit }: Due & Pick<DeployRequest, 'commit'>,
): Promise<string | undefined> {
  for (const resource of resources.filter((each) => job.repair?.deploy.includes(each))) {
    const [finding] = (await ourEntry(deps, { ...job, base: commit }, resource)).findings;
    if (finding !== undefined) return finding.what;
  }
  return undefined;
}
