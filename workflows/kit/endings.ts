import { ApplicationFailure, CancellationScope, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/createActivities.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import type { Job } from '../../core/run/job.ts';
import type { Leftover, LandingState, UndoReport } from '../../core/run/reports.ts';
import { compensation } from './activityOptions.ts';
import { describeFailure, type Described } from './failures.ts';
import { outlastLateWrites } from './lateWrites.ts';
import type { Notices } from './notify.ts';
import type { Progress } from './progress.ts';
import type { Patience } from './patience.ts';
import type { Saga } from './saga.ts';

/** A person has asked for a half-done change to be taken back instead of finished. */
class TakeBack extends Error {
  constructor(client: string) {
    super(`the change of ${client} is taken back, as asked`);
  }
}

/** What is taken back, and what the run would do without being asked to. */
interface HalfDone {
  readonly what: 'change' | 'rotation' | 'deregistration';
  readonly instead: string;
}

/** Ends a run by its undo, which is what a person has asked for. Throws `Refused` where nothing is half done. */
export function takeBack(job: Pick<Job, 'client' | 'continued'>, { what, instead }: HalfDone): never {
  if (job.continued) throw new TakeBack(job.client);
  throw ApplicationFailure.create({
    type: 'Refused',
    nonRetryable: true,
    message: `client ${job.client} has no ${what} that is half done, so there is nothing to take back`,
    details: [{ system: 'oidc-registrar', remedy: `Start without takeBack to ${instead}.` }],
  });
}

/** What an ending must know of a run's outcome so far. */
export interface OutcomeSoFar<Result> {
  readonly job: Job | undefined;
  /** The run has passed its point of no return. */
  readonly committed: boolean;
  landed(commit: string | undefined): void;
  takenBack(job: Job, report: UndoReport, progress: Progress): Result;
}

export interface Ending<Result> {
  readonly error: unknown;
  readonly installation: InstallationSummary;
  readonly client: string;
  readonly saga: Saga;
  readonly patience: Patience;
  readonly progress: Progress;
  readonly notices: Notices;
  readonly outcome: OutcomeSoFar<Result>;
  readonly finish: (job: Job) => Promise<Result>;
  /** What did not come about, as `registered`. */
  readonly deed: string;
}

/**
 * Takes back what a failed or cancelled run did and ends it: as failed with the cause and the list of what remains,
 * or as cancelled where nothing remains. A change that had landed all the same is finished instead.
 */
export async function undoAndFail<Result>(ending: Ending<Result>): Promise<Result> {
  try {
    return await endedByUndo(ending);
  } catch (error) {
    await ending.notices.tellEnd(ending.installation, ending.client, error, ending.deed);
    throw error;
  }
}

async function endedByUndo<Result>(ending: Ending<Result>): Promise<Result> {
  const { error, progress, outcome } = ending;
  if (outcome.committed && outcome.job !== undefined) return ending.finish(outcome.job);
  const cancelled = isCancellation(error);
  progress.phase('undoing');
  noteSecondCancel(progress, cancelled);
  await outlastLateWrites(error);
  const landing = await settle(ending);
  if (landing.kind === 'landed' && outcome.job !== undefined) {
    progress.warn(cancelled ? 'The cancel came too late: the change had landed.' : lateFailure(error));
    outcome.landed(landing.commit);
    return ending.finish(outcome.job);
  }
  const merged = landing.kind === 'notLanded' ? landing.kept : [];
  const report: UndoReport =
    landing.kind === 'unreadable' ? { undone: [], kept: landing.kept } : await undo(ending, merged);
  progress.keep(...report.kept);
  progress.phase(ending.saga.stopped ? 'undoStopped' : 'undone');
  if (report.kept.length === 0) {
    if (cancelled) throw error;
    if (error instanceof TakeBack && outcome.job !== undefined) return outcome.takenBack(outcome.job, report, progress);
  }
  throw failed(ending.client, ending.deed, causeOf(error, cancelled), report);
}

/** What a run that lands nothing has to say of its end. */
export interface PlainEnding extends Pick<
  Ending<unknown>,
  'error' | 'installation' | 'client' | 'saga' | 'progress' | 'notices'
> {
  /** What was to be done, as "rotated". */
  readonly deed: string;
}

/**
 * The same for a run that changes no file, so that there is no landing to settle. Returns only where a person had asked for the
 * change to be taken back, and nothing is left of it.
 */
export async function undoPlainly(ending: PlainEnding): Promise<UndoReport> {
  const { error, progress, client, deed } = ending;
  const cancelled = isCancellation(error);
  progress.phase('undoing');
  noteSecondCancel(progress, cancelled);
  await outlastLateWrites(error);
  const report = await undo(ending);
  progress.keep(...report.kept);
  progress.phase(ending.saga.stopped ? 'undoStopped' : 'undone');
  if (report.kept.length === 0 && error instanceof TakeBack) return report;
  const end = report.kept.length === 0 && cancelled ? error : failed(client, deed, causeOf(error, cancelled), report);
  await ending.notices.tellEnd(ending.installation, client, end, deed);
  throw end;
}

type Settled =
  | { readonly kind: 'landed'; readonly commit: string }
  | { readonly kind: 'notLanded'; readonly kept: readonly Leftover[] }
  | { readonly kind: 'unreadable'; readonly kept: readonly Leftover[] };

/** Undo begins here: a push may have landed though its answer was lost. Git unreadable: nothing may be undone. */
async function settle(ending: Ending<unknown>): Promise<Settled> {
  const { job } = ending.outcome;
  if (job === undefined || job.land === 'first') return { kind: 'notLanded', kept: [] };
  const options = compensation(ending.installation.timings);
  try {
    const landing: LandingState = await CancellationScope.nonCancellable(() =>
      ending.patience.outlast('undo', () =>
        proxyActivities<Activities>(options).settleLanding.executeWithOptions(
          { ...options, summary: 'undo: has the change landed?' },
          [job],
        ),
      ),
    );
    if (landing.state === 'landed') return { kind: 'landed', commit: landing.commit };
    return { kind: 'notLanded', kept: landing.kept ?? [] };
  } catch (error) {
    const { message, remedy } = describeFailure(error);
    const kept = {
      what: `everything that change ${job.changeId} did`,
      why: `it could not be settled whether the change lands: ${message}`,
      remedy: `${remedy} Then run client ${job.client} again: it continues change ${job.changeId}.`,
    };
    return { kind: 'unreadable', kept: [kept, ...ending.saga.listed('it is a part of that.')] };
  }
}

async function undo(
  { saga, progress }: Pick<Ending<unknown>, 'saga' | 'progress'>,
  kept: readonly Leftover[] = [],
): Promise<UndoReport> {
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

/** What a system said may end without a full stop. */
function sentence(text: string): string {
  return /[.!?:;]\s*$/.test(text) ? text : `${text}.`;
}

function failed(client: string, deed: string, cause: Described, report: UndoReport): ApplicationFailure {
  const rest =
    report.kept.length === 0
      ? 'Everything is as it was.'
      : `Left behind: ${report.kept.map((kept) => `${kept.what} (${kept.why}) ${kept.remedy}`).join(' | ')}`;
  return ApplicationFailure.create({
    type: report.kept.length === 0 ? cause.type : report.pending === undefined ? 'UndoIncomplete' : 'UndoPending',
    nonRetryable: true,
    message: `${client} was not ${deed}: ${sentence(cause.message)} ${cause.remedy} ${rest}`,
    details: [{ cause, ...report }],
  });
}
