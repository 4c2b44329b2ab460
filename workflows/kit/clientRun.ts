import { CancellationScope, CancelledFailure, defineUpdate, isCancellation, setHandler } from '@temporalio/workflow';
import type { Activities } from '../../activities/createActivities.ts';
import { nothingDone } from '../../core/base/noEffect.ts';
import type { Job } from '../../core/run/job.ts';
import { isJob, type Planning, referenceTo } from '../../core/run/jobReference.ts';
import type { ProgressView } from '../../core/run/progress.ts';
import type { StepReport } from '../../core/run/reports.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import type { Land } from '../../core/run/steps.ts';
import type { Kind } from './activityOptions.ts';
import { type Answer, ask, askForInstallation } from './ask.ts';
import { orTell } from './earlyEnd.ts';
import { Looks } from './looks.ts';
import { Notices } from './notify.ts';
import { Outcome } from './outcome.ts';
import { Patience } from './patience.ts';
import { outOfTurn } from './outOfTurn.ts';
import { placeOf } from './places.ts';
import { Progress, progressQuery } from './progress.ts';
import { Saga } from './saga.ts';

const stopUndoUpdate = defineUpdate<string>('stopUndo');

/** Steps that ask every system, and so prove the worker's credentials. */
const PROVING = new Set(['preflight', 'planRemoval']);

/** What differs between the workflows that change a client: their words and their steps. */
export interface RunKind {
  /** The workflow's name. */
  readonly type: 'registerClient' | 'rotateSecret' | 'deregisterClient';
  readonly phase: ProgressView['phase'];
  /** What has not come about where the run fails, as `registered`. */
  readonly deed: string;
  /** What an interrupted run leaves, as `change`, and what is done instead of taking it back, as `register it`. */
  readonly halfDone: string;
  readonly instead: string;
  /** The activity that makes its job. */
  readonly plannedBy: Planning;
  /** In their order. Some come only with the job that asks for them. */
  readonly steps: (land: Land, job?: Job) => readonly string[];
}

/** What every run that changes a client has: its saga, what people see of it, the messages it takes, and how it asks for activities. */
export class ClientRun {
  readonly client: string;
  readonly kind: RunKind;
  readonly outcome = new Outcome();
  readonly progress: Progress;
  readonly notices: Notices;
  readonly patience: Patience;
  readonly saga: Saga;
  readonly looks = new Looks();
  #installation: InstallationSummary | undefined;
  #planned: Job | undefined;

  constructor(client: string, kind: RunKind) {
    this.client = client;
    this.kind = kind;
    this.progress = new Progress(client, kind.steps('last'), kind.phase);
    this.notices = new Notices(this.progress);
    this.patience = new Patience(client, this.progress, this.notices);
    this.saga = new Saga({
      outlast: (undo) => this.patience.outlast('undo', undo),
      placeOf: (step) => placeOf(step, this.#installation?.places),
    });
    setHandler(progressQuery, () => this.progress.view(), {
      description: 'The steps with their state, warnings, what is waited for and what is kept. Takes no arguments.',
    });
    setHandler(stopUndoUpdate, () => this.#stopUndo(), {
      description:
        'Ends an undo that is under way; the failure of the run lists what remains. Takes no arguments; refused while nothing is undone.',
      validator: () => outOfTurn(this.#noUndo()),
    });
  }

  #stopUndo(): string {
    const useless = this.#noUndo();
    if (useless !== undefined) return useless;
    this.saga.stop();
    return 'The undo stops; the result lists what remains.';
  }

  #noUndo(): string | undefined {
    return this.progress.current === 'undoing' ? undefined : nothingDone('No undo is under way');
  }

  /** Learns of the installation, by which it plans its time and its steps. Where that fails people are told. */
  async begin(): Promise<void> {
    const { client, kind, progress } = this;
    const installation = await orTell(kind.deed, askForInstallation);
    progress.found.begin(installation, client, kind.phase);
    this.#installation = installation;
    this.notices.begin(installation);
    this.patience.begin(installation);
    this.looks.begin(installation);
    progress.warn(...(installation.warnings ?? []));
    progress.plan(kind.steps(installation.land));
  }

  /** Known once the run has begun. */
  get installation(): InstallationSummary {
    if (this.#installation === undefined) throw new Error('the run has not begun');
    return this.#installation;
  }

  /** From here on activities are given this job by a reference to it. */
  protected goesBy(planned: Job): void {
    this.#planned = planned;
  }

  /** Asks a worker for one activity, as often and as long as its kind says. */
  ask<Name extends keyof Activities>(
    name: Name,
    kind: Kind,
    summary: string,
    ...args: Parameters<Activities[Name]>
  ): Promise<Answer<Name>> {
    const given = args.map((each) => this.#given(each)) as Parameters<Activities[Name]>;
    return ask(kind(this.installation.timings), name, summary, ...given);
  }

  #given(argument: unknown): unknown {
    if (this.#planned === undefined || !isJob(argument)) return argument;
    return referenceTo(argument, this.kind.plannedBy, this.#planned);
  }

  /** Asks a worker for an activity that takes a step back. */
  readonly undo: ClientRun['ask'] = (name, kind, summary, ...args) => this.ask(name, kind, `undo: ${summary}`, ...args);

  /** A step that is one activity of the same name. */
  readonly perform: ClientRun['ask'] = (name, ...asked) => this.step(name, () => this.ask(name, ...asked));

  /**
   * One step, shown and begun: from here on its compensation counts. With `goesForward` a cancel that came while it ended
   * well is left to what follows. `proves`: every system has taken the worker's credentials by then.
   */
  async step<R>(
    name: string,
    run: () => Promise<R>,
    { goesForward = false, proves = PROVING.has(name) } = {},
  ): Promise<R> {
    this.progress.set(name, 'running');
    this.saga.begin(name);
    try {
      const result = await this.patience.outlast('step', run);
      if (proves) this.patience.prove();
      const report = result as StepReport;
      this.outcome.add(report);
      this.progress.warn(...(report.warnings ?? []));
      this.progress.set(name, 'done', report.note);
      if (!goesForward) throwIfCancelled();
      return result;
    } catch (error) {
      if (isCancellation(error)) this.progress.set(name, 'failed', 'cancelled');
      else this.progress.set(name, 'failed');
      throw error;
    }
  }
}

/**
 * An activity that ends well after a cancel was asked for hides it, and the steps that follow may be ones that no cancel
 * reaches. Landing is the exception: what has landed goes forward.
 */
function throwIfCancelled(): void {
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the run was cancelled');
}
