import { type ApplicationFailure, CancellationScope, isCancellation } from '@temporalio/workflow';
import { sentence } from '../../core/base/words.ts';
import type { Job } from '../../core/run/job.ts';
import type { Leftover, LandingState, UndoReport } from '../../core/run/reports.ts';
import { compensation } from './activityOptions.ts';
import type { ClientRun } from './clientRun.ts';
import { describeFailure, failure, type Described } from './failures.ts';
import { LANDS } from './landsWhen.ts';
import { outlastLateWrites } from './lateWrites.ts';
import { endNotice } from './notify.ts';
import type { Progress } from './progress.ts';

/** A person has asked for a half-done change to be taken back instead of finished. */
export class TakeBack extends Error {
  readonly job: Job;

  constructor(job: Job) {
    super(`the change of ${job.client} is taken back, as asked`);
    this.job = job;
  }
}

/** A run, with the ends that are its own. */
export interface EndingRun<Result> extends ClientRun {
  /** What is left to do once the change has landed: from there it goes forward. */
  finish(job: Job): Promise<Result>;
  /** Its undo was asked for, and nothing is left. */
  takenBack(job: Job, report: UndoReport): Result;
}

/**
 * Takes back what a failed or cancelled run did and ends it: as failed with the cause and the list of what remains,
 * or as cancelled where nothing remains. A change that had landed all the same is finished instead.
 */
export async function undoAndFail<Result>(run: EndingRun<Result>, error: unknown): Promise<Result> {
  try {
    return await endedByUndo(run, error);
  } catch (end) {
    // A cancel that left nothing behind is what somebody asked for.
    if (!isCancellation(end)) await run.notices.tell(endNotice(run.client, end, run.kind.deed));
    throw end;
  }
}

async function endedByUndo<Result>(run: EndingRun<Result>, error: unknown): Promise<Result> {
  const { progress, outcome } = run;
  if (outcome.committed && describeFailure(error).type === 'Incomplete') throw error;
  if (outcome.committed && outcome.job !== undefined) return run.finish(outcome.job);
  const cancelled = isCancellation(error);
  progress.phase('undoing');
  noteSecondCancel(progress, cancelled);
  await outlastLateWrites(run.installation, error);
  const landing = await settle(run);
  if (landing.kind === 'landed') {
    progress.warn(cancelled ? 'The cancel came too late: the change had landed.' : lateFailure(error));
    outcome.landed(landing.commit);
    return run.finish(landing.job);
  }
  const report = landing.kind === 'unreadable' ? { undone: [], kept: landing.kept } : await undo(run, landing.kept);
  progress.keep(...report.kept);
  progress.phase(run.saga.stopped ? 'undoStopped' : 'undone');
  if (report.kept.length === 0) {
    if (cancelled) throw error;
    if (error instanceof TakeBack) return run.takenBack(error.job, report);
  }
  throw failed(run, causeOf(error, cancelled), report);
}

/** The end of a run that has failed before it had done anything. */
export function endedUntouched(run: ClientRun, error: unknown): unknown {
  return isCancellation(error) ? error : failed(run, describeFailure(error), { undone: [], kept: [] });
}

type Settled =
  | { readonly kind: 'landed'; readonly commit: string; readonly job: Job }
  | { readonly kind: 'notLanded' | 'unreadable'; readonly kept: readonly Leftover[] };

/** Undo begins here: a push may have landed though its answer was lost. Git unreadable: nothing may be undone. */
async function settle(run: ClientRun): Promise<Settled> {
  const { job } = run.outcome;
  if (job === undefined || LANDS[job.land].takenBack.length > 0) return { kind: 'notLanded', kept: [] };
  try {
    const landing: LandingState = await CancellationScope.nonCancellable(() =>
      run.patience.outlast('undo', () => run.undo('settleLanding', compensation, 'has the change landed?', job)),
    );
    if (landing.state === 'landed') return { kind: 'landed', commit: landing.commit, job };
    return { kind: 'notLanded', kept: landing.kept ?? [] };
  } catch (error) {
    const { message, remedy } = describeFailure(error);
    const kept = {
      what: `everything that change ${job.changeId} did`,
      why: `it could not be settled whether the change lands: ${message}`,
      remedy: `${remedy} Then run client ${job.client} again: it continues change ${job.changeId}.`,
    };
    return { kind: 'unreadable', kept: [kept, ...run.saga.listed('it is a part of that.')] };
  }
}

async function undo({ saga, progress }: ClientRun, kept: readonly Leftover[]): Promise<UndoReport> {
  const report = await saga.undo({
    undone: (step, undone) => {
      if (undone.undone.length > 0) progress.set(step, 'undone', undone.undone.join('; '));
    },
    kept: (step, kept) => progress.set(step, 'kept', kept.map((entry) => entry.what).join('; ')),
  });
  return { ...report, kept: [...kept, ...report.kept] };
}

/** A cancel during undo cannot stop it; people are told, and told what can. */
function noteSecondCancel(progress: Progress, cancelled: boolean): void {
  if (cancelled) return;
  const scope = CancellationScope.current();
  scope.cancelRequested.catch(() => {
    progress.warn('A cancel during undo is ignored; the Update stopUndo ends it with the list of what remains.');
  });
}

function lateFailure(error: unknown): string {
  return `The change had landed before this failed, nothing was undone: ${describeFailure(error).message}`;
}

function causeOf(error: unknown, cancelled: boolean): Described {
  const remedy = 'Finish by hand what is listed.';
  if (error instanceof TakeBack) return { type: 'UndoIncomplete', message: error.message, remedy };
  return cancelled ? { type: 'Cancelled', message: 'the run was cancelled', remedy } : describeFailure(error);
}

function failed({ client, kind }: ClientRun, cause: Described, report: UndoReport): ApplicationFailure {
  const { kept, pending } = report;
  const rest =
    kept.length === 0
      ? 'Everything is as it was.'
      : `Left behind: ${kept.map(({ what, why, remedy }) => `${what} (${why}) ${remedy}`).join(' | ')}`;
  return failure(
    kept.length === 0 ? cause.type : pending === undefined ? 'UndoIncomplete' : 'UndoPending',
    `${client} was not ${kind.deed}: ${sentence(cause.message)} ${cause.remedy} ${rest}`,
    { cause, ...report },
  );
}
