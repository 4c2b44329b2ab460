import { deliveryOf } from '../../core/kubernetes/delivery.ts';
import type { RemovalReport } from '../../core/run/deregistration.ts';
import { entryOfValue } from '../../core/changes/entry.ts';
import { deliveredOf } from '../../core/names/delivered.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import { namesBySection } from '../../core/run/sectionOfJob.ts';
import type { Undone } from '../../core/run/reports.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import type { Deps } from '../deps.ts';
import { waitForRollout } from '../waits/rollout.ts';
import { journalled } from '../kit/undoJournal.ts';
import { waitUnmounted } from '../waits/blueprint.ts';
import { deployWithout } from './deployWithout.ts';

const RESOURCES = ['configMap', 'deployment'] as const;

/**
 * Takes blueprint and env entry out of the cluster and waits until no worker has the file any more: an object that is
 * deleted while it is mounted would be made again. Application and secret work on in Authentik until they are removed.
 */
export async function takeOutBlueprint(deps: Deps, job: Job): Promise<RemovalReport> {
  await deployWithout(deps, job, 'takeOutBlueprint', RESOURCES);
  await waitForRollout(deps, job);
  await waitUnmounted(deps, job);
  const paths = namesBySection(job.names).map(({ blueprintPath }) => blueprintPath);
  return {
    removed: [
      ...(changedBy(job, 'configMap') ? paths.map((path) => `blueprint ${path}`) : []),
      ...deliveredOf(job.names).flatMap((value, i) =>
        changedBy(job, entryOfValue('deployment', i)) ? [deliveryOf(value).label] : [],
      ),
    ],
    note: `${paths.join(' and ')} ${paths.length === 1 ? 'is' : 'are'} mounted nowhere`,
  };
}

/** Deploys blueprint and env entry again and waits for the pods. */
export async function undoTakeOutBlueprint(deps: Deps, job: Job): Promise<Undone> {
  return journalled(async (journal) => {
    const wanted = { job, step: 'takeOutBlueprint', resources: RESOURCES, journal };
    const left = await deployerOf(deps).takeBack(deps, wanted);
    if (!left.blocks) await waitForRollout(deps, job);
    return left;
  });
}
