import { turnPlace } from '../../core/installation/turnPlace.ts';
import type { Job } from '../../core/run/job.ts';
import type { Undone } from '../../core/run/reports.ts';
import { type TurnRelease, canonicalWorkflowId } from '../../core/run/requests.ts';
import { orderOf } from '../branch/landing/orderOf.ts';
import type { Deps } from '../deps.ts';
import { journalled } from '../kit/undoJournal.ts';

/** Releases the turn where this workflow holds it; not held is success. */
export async function releaseTurn(deps: Deps, request: TurnRelease): Promise<Undone> {
  const workflowId = canonicalWorkflowId(request.client);
  return journalled(async (journal) => {
    for (const application of [turnPlace(deps.installation).name].toSorted()) {
      const holder = (await deps.leases.read(application))?.holder;
      if (holder?.workflowId !== workflowId) continue;
      if (request.changeId !== undefined && holder.changeId !== request.changeId) continue;
      const deed = { what: `the turn at ${application}`, done: `the turn at ${application} is released` };
      await journal.begin(deed);
      await deps.leases.release(application, holder);
      journal.done(deed);
    }
    return { kept: [], blocks: false };
  });
}

/** Releases the turn at the end of a run. False where its order of landing takes none. */
export async function releaseOwn(deps: Deps, job: Pick<Job, 'client' | 'digest' | 'land'>): Promise<boolean> {
  const { ahead } = orderOf(job);
  if (ahead) await releaseTurn(deps, { client: job.client, digest: job.digest });
  return ahead;
}
