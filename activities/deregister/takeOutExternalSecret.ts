import type { RemovalReport } from '../../core/run/deregistration.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import type { Undone } from '../../core/run/reports.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import type { Deps } from '../deps.ts';
import { waitForRemoval, waitForValue, withLeftoverKey } from '../waits/ownSecret.ts';
import { journalled } from '../kit/undoJournal.ts';
import { withHeartbeat } from '../kit/wait.ts';
import { asRegistered } from '../../core/run/asRegistered.ts';
import { deployWithout } from './deployWithout.ts';

/** Takes the entry out of the ExternalSecret, once no pod names its key any more: that frees the vault field. */
export async function takeOutExternalSecret(deps: Deps, job: Job): Promise<RemovalReport> {
  return withHeartbeat(async () => {
    await deployWithout(deps, job, 'takeOutExternalSecret', ['externalSecret']);
    await waitForRemoval(deps, job);
    const { kept } = await withLeftoverKey(deps, job, { kept: [], blocks: false });
    return {
      removed: changedBy(job, 'externalSecret') ? [`entry ${job.names.secretKey} of the ExternalSecret`] : [],
      kept,
      note: `the ExternalSecret does not name ${job.names.secretKey}`,
    };
  });
}

/** Deploys the entry again and waits until the Secret holds the vault's value. */
export async function undoTakeOutExternalSecret(deps: Deps, job: Job): Promise<Undone> {
  return withHeartbeat(() =>
    journalled(async (journal) => {
      const resources = ['externalSecret'] as const;
      const left = await deployerOf(deps).takeBack(deps, { job, step: 'takeOutExternalSecret', resources, journal });
      if (!left.blocks && changedBy(job, 'externalSecret')) await waitForValue(deps, asRegistered(job));
      return left;
    }),
  );
}
