import { compareState } from '../../core/authentik/wantedState.ts';
import type { Job } from '../../core/run/job.ts';
import { madeInAuthentik, madeLabel } from '../../core/run/madeObjects.ts';
import type { ApplyAsked } from '../../core/run/requests.ts';
import { removeOldBindings } from '../authentik/removeBindings.ts';
import type { Deps } from '../deps.ts';
import { beating } from '../kit/wait.ts';
import { readFound } from '../state/authentikState.ts';
import { type PollReport, pollUntilApplied } from '../waits/applied.ts';

/**
 * Waits until our own apply has ended well. `successful` alone means little: the instance must be enabled, our task done,
 * last_applied newer, the hash ours, and the objects as asked when read back as an exact set. Silence and a passing error are
 * answered by another apply (in discovery mode by new pods); a real error fails with Authentik's own words. Where secrets come by
 * files no apply tells whether it read the newest: only that Authentik takes the vault's secret does.
 */
export async function pollBlueprintStatus(deps: Deps, job: Job, asked: ApplyAsked): Promise<PollReport> {
  return beating(async () => {
    const { status, askedAt } = await pollUntilApplied(deps, job, asked, async () => {
      // A blueprint only adds and updates: what it no longer names is taken out here.
      await removeOldBindings(deps, job);
      return compareState(job.wanted, await readFound(deps, job));
    });
    const said = `${job.names.blueprintPath} is ${status} and reads back as asked`;
    return {
      created: createdOf(job),
      note: said,
      warnings: status === 'successful' ? [] : [staleStatus(job, status)],
      ...(askedAt === undefined ? {} : { askedAt }),
    };
  });
}

function staleStatus(job: Job, status: string): string {
  return (
    `blueprint ${job.names.blueprintPath} says "${status}" of a later apply by a pod that has ended, though its text is applied ` +
    'and every object is as asked. Apply it once in the admin interface to clear the status.'
  );
}

/** What the blueprint made in Authentik that was not there before, as people think of it. */
function createdOf(job: Job): readonly string[] {
  return madeInAuthentik(job)
    .filter(({ kind }) => kind !== 'blueprint instance' && kind !== 'policy binding')
    .map((made) => madeLabel(made));
}
