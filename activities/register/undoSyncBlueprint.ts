import { type Job, updatedBy } from '../../core/run/job.ts';
import type { Undone } from '../../core/run/reports.ts';
import { leftInAuthentik, madeByUs } from '../authentik/leftInAuthentik.ts';
import { putBackInAuthentik } from '../authentik/putBack.ts';
import { removeFromAuthentik } from '../authentik/removeFromAuthentik.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import type { Deps } from '../deps.ts';
import { type UndoRemainder, type UndoJournal, journalled } from '../kit/undoJournal.ts';
import { waitUnmounted } from '../waits/blueprint.ts';
import { waitForRollout } from '../waits/rollout.ts';

/**
 * Takes blueprint and env entry out of the cluster, waits until no worker has the file any more, then deletes the instance
 * and what this run made in Authentik and nobody else uses.
 */
export async function undoSyncBlueprint(deps: Deps, job: Job): Promise<Undone> {
  return journalled((journal) => takeBlueprintOut(deps, job, journal));
}

async function takeBlueprintOut(deps: Deps, job: Job, journal: UndoJournal): Promise<UndoRemainder> {
  const resources = ['configMap', 'deployment'] as const;
  const left = await deployerOf(deps).takeBack(deps, { job, step: 'syncBlueprint', resources, journal });
  if (left.blocks) return { ...left, kept: [...left.kept, ...(await leftInAuthentik(deps, job, STILL_DEPLOYED))] };
  // Keeping objects while the text is gone from the cluster leaves them as they are: closed.
  await waitForRollout(deps, job);
  if (updatedBy(job, 'configMap')) return putBackInAuthentik(deps, job, journal);
  // What is not ours stays mounted, and so do its objects.
  const ours = await madeByUs(deps, job);
  if (ours) await waitUnmounted(deps, job);
  return { kept: ours ? await removeFromAuthentik(deps, job, journal) : [], blocks: false };
}

const STILL_DEPLOYED = 'its blueprint is still deployed and would make it again.';
