import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { throwIfCancelled } from '../kit/wait.ts';
import { isAsked } from './valuesBefore.ts';

/**
 * Deletes the bindings that the old blueprint made and nobody asks for any more. Only once all that are asked for stand, each
 * enabled: at no moment the application is open to more people than before or after.
 */
export async function removeOldBindings(deps: Deps, job: Job): Promise<void> {
  const going = job.before.values?.bindingsToGo ?? [];
  if (going.length === 0) return;
  const application = await deps.authentik.application(job.names.slug);
  if (application === undefined) return;
  const rows = await deps.authentik.bindings(application.pk);
  const standing = rows.filter((row) => row.enabled && !row.negate && isAsked(row, job));
  if (standing.length < job.wanted.bindings.length) return;
  for (const row of rows.filter((each) => going.includes(each.pk) && !isAsked(each, job))) {
    throwIfCancelled();
    await deps.authentik.removeBinding(row.pk);
  }
}
