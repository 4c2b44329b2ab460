import { compareState } from '../../core/authentik/wantedState.ts';
import type { Job } from '../../core/run/job.ts';
import type { ApplyAsked } from '../../core/run/requests.ts';
import type { Deps } from '../deps.ts';
import { readFound } from '../state/authentikState.ts';
import { pollUntilApplied } from '../waits/applied.ts';
import { removeOldBindings } from './removeBindings.ts';

/**
 * Waits until our own apply has ended well. `successful` alone means little: the instance must be enabled, our task done,
 * last_applied newer, the hash ours, and the objects as asked when read back as an exact set. Silence and a passing error are
 * answered by another apply (in discovery mode by new pods); a real error fails with Authentik's own words. Where secrets come by
 * files no apply tells whether it read the newest: only that Authentik takes what the Secret holds does.
 */
export async function appliedAsWanted(deps: Deps, job: Job, asked: ApplyAsked): ReturnType<typeof pollUntilApplied> {
  return pollUntilApplied(deps, job, asked, async () => {
    // A blueprint only adds and updates: what it no longer names is taken out here.
    await removeOldBindings(deps, job);
    return compareState(job.wanted, await readFound(deps, job));
  });
}
