import { updatedBy, type Job, type Undone } from '../core/run.ts';
import { putBackInAuthentik } from './change/putBack.ts';
import { leftInAuthentik, madeByUs } from './leftInAuthentik.ts';
import { removeFromAuthentik } from './removeFromAuthentik.ts';
import { deployerOf } from './deploy/deployerOf.ts';
import type { Deps } from './deps.ts';
import { filesOfWorkers, waitForRollout } from './syncBlueprint.ts';
import { journalled, type Left, type UndoJournal } from './undoJournal.ts';
import { beating, waitUntil } from './wait.ts';

/**
 * Takes blueprint and env entry out of the cluster, waits until no worker has the file any more, then deletes the instance
 * and what this run made in Authentik and nobody else uses.
 */
export async function undoSyncBlueprint(deps: Deps, job: Job): Promise<Undone> {
  return beating(() => journalled((journal) => takeBlueprintOut(deps, job, journal)));
}

async function takeBlueprintOut(deps: Deps, job: Job, journal: UndoJournal): Promise<Left> {
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

/** With several workers any of them answers: the file must be absent on every ask for a while. */
export async function waitUnmounted(deps: Deps, job: Job): Promise<void> {
  const { timings } = deps.installation;
  let absentSince: number | undefined;
  const remedy = 'See that the ConfigMap mount of every Authentik worker follows.';
  await waitUntil('Authentik', remedy, Math.min(timings.pollMs, timings.absentForMs / 4), async () => {
    const files = await filesOfWorkers(deps);
    if ('waiting' in files) {
      absentSince = undefined;
      return files;
    }
    const listed = files.some((file) => file.path === job.names.blueprintPath);
    if (listed) absentSince = undefined;
    else absentSince ??= Date.now();
    const absent = absentSince !== undefined && Date.now() - absentSince >= timings.absentForMs;
    return absent ? { done: undefined } : { waiting: `${job.names.blueprintPath} is still mounted in a worker` };
  });
}
