import type { Job } from '../../core/run/job.ts';
import { madeInAuthentik, madeLabel } from '../../core/run/madeObjects.ts';
import type { ApplyAsked } from '../../core/run/requests.ts';
import { appliedAsWanted } from '../authentik/appliedAsWanted.ts';
import type { Deps } from '../deps.ts';
import type { PollReport } from '../waits/applied.ts';

/** Waits until the apply that `syncBlueprint` asked for has ended well, and says what it made. Throws as {@link appliedAsWanted}. */
export async function pollBlueprintStatus(deps: Deps, job: Job, asked: ApplyAsked): Promise<PollReport> {
  const { status, askedAt, warned } = await appliedAsWanted(deps, job, asked);
  const said = `${job.names.blueprintPath} is ${status} and reads back as asked`;
  return {
    created: createdOf(job),
    note: said,
    warnings: [
      ...(status === 'successful' ? [] : [staleStatus(job, status)]),
      ...(warned === undefined ? [] : [`blueprint ${job.names.blueprintPath} is applied with a warning: ${warned}`]),
    ],
    ...(askedAt === undefined ? {} : { askedAt }),
  };
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
