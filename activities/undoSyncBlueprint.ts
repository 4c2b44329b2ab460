import { addedBy, type Job, type Kept, type Undone } from '../core/run.ts';
import { findLanded } from './landed.ts';
import { commitOfStep, readRunBranch } from './runBranch.ts';
import { removeFromAuthentik } from './removeFromAuthentik.ts';
import type { Deps } from './deps.ts';
import { waitForRollout } from './syncBlueprint.ts';
import { undeploy } from './undeploy.ts';
import { beating, waitUntil } from './wait.ts';

/**
 * Takes blueprint and env entry out of the cluster, waits until no worker has the file any more, then deletes the instance
 * and what this run made in Authentik and nobody else uses.
 */
export async function undoSyncBlueprint(deps: Deps, job: Job): Promise<Undone> {
  return beating(async () => {
    const undeployed = await undeploy(deps, job, 'syncBlueprint', ['configMap', 'deployment']);
    if (undeployed.blocks) return undeployed;
    // Keeping objects while the text is gone from the cluster leaves them as they are: closed.
    await waitForRollout(deps, job);
    // A section that stood in the ConfigMap before is not ours: it stays mounted, and so do its objects.
    const ours = addedBy(job, 'configMap') && (await wasBegun(deps, job));
    if (ours) await waitUnmounted(deps, job);
    const removed = ours ? await removeFromAuthentik(deps, job) : { undone: [], kept: [] as readonly Kept[] };
    return { undone: [...undeployed.undone, ...removed.undone], kept: removed.kept, blocks: false };
  });
}

/**
 * Whether the blueprint may have reached a worker. Where it has not, an object of one of our names was made by somebody
 * else in the meantime and is not ours to delete.
 */
async function wasBegun(deps: Deps, job: Job): Promise<boolean> {
  const branch = await readRunBranch(deps, job);
  if (commitOfStep(branch, 'syncBlueprint') !== undefined) return true;
  if ((await findLanded(deps, job)) !== undefined) return true;
  return (await deps.authentik.instancesByPath(job.names.blueprintPath)).length > 0;
}

/** With several workers any of them answers: the file must be absent on every ask for a while. */
export async function waitUnmounted(deps: Deps, job: Job): Promise<void> {
  const { timings } = deps.installation;
  let absentSince: number | undefined;
  const remedy = 'See that the ConfigMap mount of every Authentik worker follows.';
  await waitUntil('Authentik', remedy, Math.min(timings.pollMs, timings.absentForMs / 4), async () => {
    const listed = (await deps.authentik.available()).some((file) => file.path === job.names.blueprintPath);
    if (listed) absentSince = undefined;
    else absentSince ??= Date.now();
    const absent = absentSince !== undefined && Date.now() - absentSince >= timings.absentForMs;
    return absent ? { done: undefined } : { waiting: `${job.names.blueprintPath} is still mounted in a worker` };
  });
}
