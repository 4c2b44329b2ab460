import { makesOthers, scopeFor } from '../../core/edits/blueprint/scopedSection.ts';
import { namesBySection } from '../../core/run/sectionOfJob.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { StableFor } from '../kit/patience.ts';
import { waitUntil } from '../kit/wait.ts';
import { oneInstance } from '../state/authentikState.ts';
import { hashesOf } from '../state/liveSection.ts';
import { liveBlueprints } from '../state/ourResources.ts';

/**
 * What others have changed of a section that makes this client, too, Authentik applies by itself once the kubelet has brought it:
 * until then nobody can tell whether the client is as asked. Waited for as long as both may take; what has not been applied by then is
 * judged as it stands.
 */
export async function othersTakenUp(deps: Deps, { names, registration }: Pick<Job, 'names' | 'registration'>) {
  for (const each of namesBySection(names)) await takenUp(deps, { names: each, registration });
}

async function takenUp(deps: Deps, { names, registration }: Pick<Job, 'names' | 'registration'>): Promise<void> {
  const { pollMs, mountRefreshMs, applyAgainMs } = deps.installation.timings;
  const scope = scopeFor(names, registration);
  const same = new StableFor();
  const remedy = `Look at blueprint ${names.blueprintPath} in Authentik's admin interface and at the worker's log.`;
  await waitUntil('Authentik', remedy, pollMs, async () => {
    const live = (await liveBlueprints(deps))[names.blueprintKey];
    if (live === undefined || !makesOthers(live, scope)) return { done: undefined };
    const instance = await oneInstance(deps, names.blueprintPath);
    const isOfLive = hashesOf(deps, { names }, live);
    const isJudged = instance === undefined || !instance.enabled || (await isOfLive(instance.lastAppliedHash));
    if (isJudged || same.lasts(live, mountRefreshMs + applyAgainMs)) return { done: undefined };
    return { waiting: `Authentik has not applied what others have changed of ${names.blueprintPath}` };
  });
}
