import { directionOf } from '../../core/run/direction.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { RESOURCES } from '../state/ourResources.ts';
import { waitUntil, waitUntilAbsent } from '../kit/wait.ts';
import { assertNamesDeployer } from './consumers/namedDeployer.ts';
import type { Deployer, DeployRequest } from './deployer.ts';
import { notRestored, repairDue } from './repairDue.ts';
import { ownTargets } from './target.ts';
import { undoByTarget } from './targetUndo.ts';
import { warningsOfDrift } from './warnOfDrift.ts';

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
  checkConsumer: async (deps, _job, place) => assertNamesDeployer(deps, place),
  deploy: (deps, wanted) =>
    directionOf(wanted.job).brings
      ? waitForOthers(deps, wanted)
      : untilAbsent(deps, wanted.missing, 'the target branch no longer names it, somebody else deploys it'),
  remove: (deps, { missing }) =>
    untilAbsent(deps, missing, 'the target branch no longer names it, somebody else deletes it'),
  outlast: async () => undefined,
  takeBack: (deps, wanted) =>
    undoByTarget(deps, wanted, (_ours, still) =>
      untilAbsent(deps, still, 'the revert is on the target branch, somebody else deploys it'),
    ),
  overwriter: async () => ({ system: 'Kubernetes', by: 'somebody changed it', remedy: REMEDY }),
};

/** What differs may be deployed late, or by hand: it is told, for a controller that does not work is waited for in vain. */
async function warnOfDrift(deps: Deps, job: Job): Promise<readonly string[]> {
  const due = RESOURCES.flatMap((resource) => repairDue(deps, { job, targets: ownTargets(deps, [resource]) }) ?? []);
  return [
    ...due.map((sentence) => `${sentence}: the run does not deploy it, but waits until somebody does`),
    ...(await warningsOfDrift(deps, job, 'see that somebody deploys it')),
  ];
}

async function waitForOthers(deps: Deps, wanted: DeployRequest): Promise<void> {
  await waitUntil('Kubernetes', REMEDY, deps.installation.timings.pollMs, async () => {
    const still = (await wanted.missing()) ?? (await notRestored(deps, wanted));
    return still === undefined ? { done: undefined } : { waiting: `${still}; somebody else deploys it` };
  });
}

/** An older deployment may be under way that nobody can see, so what goes must be absent on every look for a while. */
async function untilAbsent(deps: Deps, look: () => Promise<string | undefined>, why: string): Promise<void> {
  await waitUntilAbsent('Kubernetes', REMEDY, deps.installation.timings, async () => {
    const still = await look();
    return still === undefined ? undefined : `${still}; ${why}`;
  });
}
