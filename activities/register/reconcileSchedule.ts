import { sameData } from '../../core/edits/yaml/sameData.ts';
import type { Job } from '../../core/run/job.ts';
import { isPublic } from '../../core/names/delivered.ts';
import type { Deps } from '../deps.ts';

/**
 * Brings the client's Schedule to what `spec.rotation` says. One that a person made is left alone, and without a policy only
 * one that a policy made is removed. Returns what people should know.
 */
export async function reconcileSchedule(deps: Deps, job: Job): Promise<readonly string[]> {
  const policy = job.registration.spec.rotation;
  const found = await deps.schedules.read(job.client);
  if (policy === undefined) {
    if (found?.by === 'registration') await deps.schedules.remove(job.client);
    return found?.by === 'person' && isPublic(job.names)
      ? [
          `a person made the schedule of ${job.client}, which is public and has no secret: each of its runs will be refused; delete it (oidc-registrar schedule delete ${job.client})`,
        ]
      : [];
  }
  if (found?.by === 'person') {
    return [
      `a person made the schedule of ${job.client}, so spec.rotation is not followed: delete it (oidc-registrar schedule delete ${job.client}) and run again`,
    ];
  }
  if (found === undefined || !sameData(found.policy, policy)) {
    await deps.schedules.put(job.client, policy, { by: 'registration' });
  }
  return [];
}
