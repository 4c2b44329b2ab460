import { leftOutOf } from '../../core/run/extraSteps.ts';
import type { Job } from '../../core/run/job.ts';
import { compensation } from './activityOptions.ts';
import type { ClientRun } from './clientRun.ts';
import { LANDS } from './landsWhen.ts';
import type { Compensation } from './saga.ts';

/** What is told of all compensations of a job. */
interface Told {
  /** How a person has the run go on. */
  readonly again: string;
  /** What has landed, in words. */
  readonly landed: string;
}

/**
 * The compensations of a change that lands, oldest first: between its branch and its landing those of what it does in the
 * systems, `own`. They are given the steps that landing adds before them, where the change lands first.
 */
export function withLanding(
  run: ClientRun,
  job: Job,
  { again, landed }: Told,
  own: (landing: readonly string[]) => readonly Compensation[],
): readonly Compensation[] {
  const { takenBack } = LANDS[job.land];
  const leftOut = leftOutOf(job);
  const rows = own(takenBack).filter(({ step }) => !leftOut.includes(step));
  const branch: Compensation = {
    step: 'cleanUp',
    what: `branch ${job.branch}`,
    // The branch is the record of a change that is not wholly undone: the next run of the client finds it there.
    after: [...rows.map(({ step }) => step), ...takenBack],
    remedy: `${again} Or delete it: \`git push origin --delete ${job.branch}\``,
    run: () => run.undo('deleteRunBranch', compensation, `delete ${job.branch}`, job),
  };
  const revert: Compensation = {
    step: 'landChange',
    what: landed,
    after: [],
    remedy: `${again} Or revert the commit that carries Registrar-Change: ${job.changeId}.`,
    run: () => run.undo('revertChange', compensation, 'one reverting change', job),
  };
  return [branch, ...rows, ...(takenBack.includes('landChange') ? [revert] : [])];
}
