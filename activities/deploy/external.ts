import { RegistrarError } from '../../core/base/errors.ts';
import { isAllowedDrift } from '../../core/kubernetes/jsonDrift.ts';
import { directionOf } from '../../core/run/direction.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { describe, objectRef, RESOURCES } from '../state/ourResources.ts';
import { drifted } from './drift.ts';
import { waitUntil, waitUntilAbsent } from '../kit/wait.ts';
import type { ConsumerPlace } from './consumers/place.ts';
import type { Deployer, DeployRequest } from './deployer.ts';
import { notRestored, repairDue } from './repairDue.ts';
import { ownTargets } from './target.ts';
import { undoByTarget } from './targetUndo.ts';

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
  checkConsumer: refuseApplication,
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
  const warnings: string[] = [];
  for (const resource of RESOURCES) {
    const { kind, name } = objectRef(deps, resource);
    const allowed = deps.installation.allowedDrift.filter((entry) => entry.kind === kind && entry.name === name);
    const repaired = job.repair === undefined ? undefined : job.names;
    const paths = (await drifted(deps, job.base, resource, repaired)).filter((path) => !isAllowedDrift(path, allowed));
    const due = repairDue(deps, { job, targets: ownTargets(deps, [resource]) });
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

/** An older deployment may be under way that nobody can see, so what goes must be absent on every look for a while. */
async function untilAbsent(deps: Deps, look: () => Promise<string | undefined>, why: string): Promise<void> {
  await waitUntilAbsent('Kubernetes', REMEDY, deps.installation.timings, async () => {
    const still = await look();
    return still === undefined ? undefined : `${still}; ${why}`;
  });
}

/** Without Argo CD no Application deploys. Throws `BadInput`. */
async function refuseApplication(_deps: Deps, _job: Job, { consumer, index }: ConsumerPlace): Promise<void> {
  if (consumer.application === undefined) return;
  throw new RegistrarError({
    system: 'registration file',
    kind: 'BadInput',
    message: `spec.consumers.${index}.application is "${consumer.application}", but Argo CD does not deploy here (authentik.deployBy)`,
    remedy: 'Take it out of the registration.',
  });
}
