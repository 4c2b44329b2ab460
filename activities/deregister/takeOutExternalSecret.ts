import type { RemovalReport } from '../../core/run/deregistration.ts';
import { entryOfValue } from '../../core/changes/entry.ts';
import { deliveredOf, secretKeysOf } from '../../core/names/delivered.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import type { Undone } from '../../core/run/reports.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import type { Deps } from '../deps.ts';
import { waitForRemoval, waitForValue, withLeftoverKey } from '../waits/ownSecret.ts';
import { NOTHING_LEFT, journalled } from '../kit/undoJournal.ts';
import { asRegistered } from '../../core/run/asRegistered.ts';
import { deployWithout } from './deployWithout.ts';

/** Takes the entry out of the ExternalSecret, once no pod names its key any more: that frees the vault field. */
export async function takeOutExternalSecret(deps: Deps, job: Job): Promise<RemovalReport> {
  await deployWithout(deps, job, 'takeOutExternalSecret', ['externalSecret']);
  await waitForRemoval(deps, job);
  const { kept } = await withLeftoverKey(deps, job, NOTHING_LEFT);
  return {
    removed: deliveredOf(job.names).flatMap(({ secretKey }, i) =>
      changedBy(job, entryOfValue('externalSecret', i)) ? [`entry ${secretKey} of the ExternalSecret`] : [],
    ),
    kept,
    note: `the ExternalSecret does not name ${secretKeysOf(job.names)}`,
  };
}

/** Deploys the entry again and waits until the Secret holds the vault's value. */
export async function undoTakeOutExternalSecret(deps: Deps, job: Job): Promise<Undone> {
  return journalled(async (journal) => {
    const resources = ['externalSecret'] as const;
    const left = await deployerOf(deps).takeBack(deps, { job, step: 'takeOutExternalSecret', resources, journal });
    if (!left.blocks && changedBy(job, 'externalSecret')) await waitForValue(deps, asRegistered(job));
    return left;
  });
}
