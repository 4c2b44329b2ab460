import type { Job } from '../../core/run/job.ts';
import type { Undone } from '../../core/run/reports.ts';
import type { TurnRelease } from '../../core/run/requests.ts';
import { orderOf } from '../branch/landing/order.ts';
import { applicationOf } from '../deploy/application.ts';
import type { Deps } from '../deps.ts';
import { NOTHING_LEFT, journalled } from '../kit/undoJournal.ts';

/** Releases the turn where this workflow holds it; not held is success. */
export async function releaseTurn(deps: Deps, request: TurnRelease): Promise<Undone> {
  const workflowId = deps.runs.idOf(request.client);
  const { application } = applicationOf(deps);
  return journalled(async (journal) => {
    const holder = (await deps.leases.read(application))?.holder;
    const ours = holder?.workflowId === workflowId && [undefined, holder.changeId].includes(request.changeId);
    if (!ours) return NOTHING_LEFT;
    const deed = { what: `the turn at ${application}`, done: `the turn at ${application} is released` };
    await journal.begin(deed);
    await deps.leases.release(application, holder);
    journal.done(deed);
    return NOTHING_LEFT;
  });
}

/** Releases the turn at the end of a run. False where its order of landing takes none. */
export async function releaseOwn(deps: Deps, job: Pick<Job, 'client' | 'digest' | 'land'>): Promise<boolean> {
  const { ahead } = orderOf(job);
  if (ahead) await releaseTurn(deps, { client: job.client, digest: job.digest });
  return ahead;
}
