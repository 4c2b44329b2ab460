import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import { changesResource } from '../../core/run/job.ts';
import { findLanded } from '../branch/landed.ts';
import { mergerOf } from '../branch/landing/mergerOf.ts';
import type { Deps } from '../deps.ts';
import { NOTHING_LEFT, type UndoRemainder } from '../kit/undoJournal.ts';
import { stillChanged, takenBackFrom } from '../state/ourResources.ts';
import type { UndoRequest } from './deployer.ts';

type Bring = (ours: readonly OurResource[], missing: () => Promise<string | undefined>) => Promise<void>;

/** The change that takes ours back is on the target branch already: brings its content, or waits for it. */
export async function undoByTarget(
  deps: Deps,
  { job, resources, journal }: UndoRequest,
  bring: Bring,
): Promise<UndoRemainder> {
  const ours = resources.filter((resource) => changesResource(job, resource));
  const still = (): Promise<string | undefined> => stillChanged(deps, job, ours);
  // People who revert need leave no trace of the change on the target. Whether it was there once (`hasStoodOnTarget`) is not the question
  // then, but whether the cluster has any of it still: what is gone needs neither a deployment nor a wait.
  const wasThere =
    ours.length > 0 &&
    ((await findLanded(deps, job)) !== undefined || (mergerOf(job).people && (await still()) !== undefined));
  if (!wasThere) return NOTHING_LEFT;
  await bring(ours, still);
  // The landed change is the record: a further attempt finds it and says the same.
  journal.done(...ours.map((resource) => ({ done: takenBackFrom(deps, job, resource) })));
  return NOTHING_LEFT;
}
