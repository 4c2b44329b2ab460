import { secretKeysOf } from '../../core/names/delivered.ts';
import { type Job, editReport } from '../../core/run/job.ts';
import type { StepReport, Undone } from '../../core/run/reports.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import type { Deps } from '../deps.ts';
import { type UndoRemainder, type UndoJournal, journalled } from '../kit/undoJournal.ts';
import { deployChange } from '../waits/deployChange.ts';
import { missingSecretEntry, waitForRemoval, waitForValue, withLeftoverKey } from '../waits/ownSecret.ts';

/**
 * Brings the ExternalSecret's new entry into the cluster and waits until the Secret's key equals the vault's value. The
 * Deployment's env entry is edited on the same commit but not deployed yet: a pod whose key is missing cannot start.
 */
export async function patchExternalSecret(deps: Deps, job: Job): Promise<StepReport> {
  await deployChange(deps, job, {
    purpose: 'patchExternalSecret',
    step: 'patchExternalSecret',
    resources: ['externalSecret'],
    missing: () => missingSecretEntry(deps, job),
  });
  await waitForValue(deps, job);
  return {
    ...editReport(job, 'patchExternalSecret'),
    note:
      job.names.keptId === undefined
        ? `the Secret's key ${job.names.secretKey} equals the vault's value`
        : `the Secret's keys ${secretKeysOf(job.names)} equal the vault's values`,
  };
}

/** Takes the entry out of the live ExternalSecret; that frees the vault field. */
export async function undoPatchExternalSecret(deps: Deps, job: Job): Promise<Undone> {
  return journalled((journal) => takeEntryOut(deps, job, journal));
}

async function takeEntryOut(deps: Deps, job: Job, journal: UndoJournal): Promise<UndoRemainder> {
  const resources = ['externalSecret'] as const;
  const left = await deployerOf(deps).takeBack(deps, { job, step: 'patchExternalSecret', resources, journal });
  if (left.blocks) return left;
  await waitForRemoval(deps, job);
  return withLeftoverKey(deps, job, left);
}
