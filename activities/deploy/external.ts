import { isAllowedDrift } from '../../core/kubernetes/jsonDrift.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { describe, objectRef, RESOURCES, stillChanged, takenBackFrom } from '../state/ourResources.ts';
import { drifted } from './drift.ts';
import type { UndoRemainder } from '../kit/undoJournal.ts';
import { waitUntil } from '../kit/wait.ts';
import { mayHaveBeenDeployed } from '../branch/mayHaveBeenDeployed.ts';
import type { Deployer, DeployRequest, UndoRequest } from './deployer.ts';
import { notRestored, repairDue } from './repairDue.ts';

const REMEDY = 'See that whoever deploys the target branch does so: a controller that is suspended, or a person.';

/**
 * Somebody else deploys what is on the target branch: Flux, another controller, a person. Nobody is asked for anything; what is
 * live is looked at, and waited for. `land: last` is refused by the schema: there would be nothing to deploy.
 */
export const external: Deployer = {
  checks: [],
  checksOfNow: [],
  checkLive: warnOfDrift,
  digestLive: async () => undefined,
  assertUntouched: async () => undefined,
  deploy: waitForOthers,
  takeBack,
  overwriter: async () => ({ system: 'Kubernetes', by: 'somebody changed it', remedy: REMEDY }),
};

/** What differs may be deployed late, or by hand: it is told, for a controller that does not work is waited for in vain. */
async function warnOfDrift(deps: Deps, job: Job): Promise<readonly string[]> {
  const warnings: string[] = [];
  for (const resource of RESOURCES) {
    const { kind, name } = objectRef(deps, resource);
    const allowed = deps.installation.allowedDrift.filter((entry) => entry.kind === kind && entry.name === name);
    const repaired = job.repair === undefined ? undefined : job.names;
    const paths = (await drifted(deps, job.base, resource, repaired)).filter((path) => !isAllowedDrift(path, allowed));
    const due = repairDue(deps, { job, resources: [resource] });
    if (due !== undefined) warnings.push(`${due}: the run does not deploy it, but waits until somebody does`);
    if (paths.length > 0)
      warnings.push(
        `${describe(deps, resource)} differs from the target branch at ${paths.join(', ')}; see that somebody deploys it`,
      );
  }
  return warnings;
}

async function waitForOthers(deps: Deps, wanted: DeployRequest): Promise<void> {
  await waitUntil('Kubernetes', REMEDY, deps.installation.timings.pollMs, async () => {
    const still = (await wanted.missing()) ?? (await notRestored(deps, wanted));
    return still === undefined ? { done: undefined } : { waiting: `${still}; somebody else deploys it` };
  });
}

/**
 * The revert is on the target branch; it is waited for as long as a compensation may take. An older deployment may be under way
 * that nobody can see, so our entries must be absent on every look for a while.
 */
async function takeBack(deps: Deps, { job, resources, journal }: UndoRequest): Promise<UndoRemainder> {
  const ours = resources.filter((resource) => changedBy(job, resource));
  if (ours.length === 0 || !(await mayHaveBeenDeployed(deps, job, ours))) return { kept: [], blocks: false };
  const { pollMs, absentForMs } = deps.installation.timings;
  let absentSince: number | undefined;
  await waitUntil('Kubernetes', REMEDY, Math.min(pollMs, absentForMs / 4), async () => {
    const still = await stillChanged(deps, job, ours);
    if (still !== undefined) {
      absentSince = undefined;
      return { waiting: `${still}; the revert is on the target branch, somebody else deploys it` };
    }
    absentSince ??= Date.now();
    return Date.now() - absentSince >= absentForMs ? { done: undefined } : { waiting: 'our entries are gone just now' };
  });
  // The landed change is the record: a further attempt finds it and says the same.
  journal.done(...ours.map((resource) => ({ done: takenBackFrom(deps, job, resource) })));
  return { kept: [], blocks: false };
}
