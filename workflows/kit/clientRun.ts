import { RetryState } from '@temporalio/common';
import {
  ActivityFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  defineSignal,
  defineUpdate,
  isCancellation,
  patched,
  setHandler,
} from '@temporalio/workflow';
import { nothingDone } from '../../core/base/noEffect.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import type { ProgressView } from '../../core/run/progress.ts';
import type { StepReport } from '../../core/run/reports.ts';
import { Notices } from './notify.ts';
import { Patience } from './patience.ts';
import { placeOf } from './places.ts';
import { Progress, progressQuery } from './progress.ts';
import { Saga } from './saga.ts';

/** Looks again at once instead of at the next interval, where the run waits for people or for its turn. */
const recheckSignal = defineSignal('recheck');

/** Steps that ask every system, and so prove the worker's credentials. */
const PROVING = new Set(['preflight', 'planRemoval']);

/** Ends an undo that is under way; answers what remains. */
const stopUndoUpdate = defineUpdate<string>('stopUndo');

/**
 * What every run that changes a client has: its saga, what people see of it, and the messages it takes. The order of the
 * steps is the workflow's own.
 */
export class ClientRun {
  readonly client: string;
  readonly progress: Progress;
  readonly notices: Notices;
  readonly patience: Patience;
  readonly saga: Saga;
  #places: InstallationSummary['places'];
  readonly #reported: (report: StepReport) => void;
  #rechecked = false;

  /** `reported` hears what each step did, as soon as it has done it. */
  constructor(
    client: string,
    steps: readonly string[],
    reported: (report: StepReport) => void,
    phase: ProgressView['phase'] = 'registering',
  ) {
    this.client = client;
    this.#reported = reported;
    this.progress = new Progress(client, steps, phase);
    this.notices = new Notices(this.progress);
    this.patience = new Patience(client, this.progress, this.notices);
    this.saga = new Saga({
      outlast: (undo) => this.patience.outlast('undo', undo),
      placeOf: (step) => placeOf(step, this.#places),
    });
    setHandler(progressQuery, () => this.progress.view());
    setHandler(recheckSignal, () => {
      this.#rechecked = true;
    });
    setHandler(stopUndoUpdate, () => {
      if (this.progress.current !== 'undoing') return nothingDone('No undo is under way');
      this.saga.stop();
      return 'The undo stops; the result lists what remains.';
    });
  }

  /** What is known once the installation is. */
  begin(installation: InstallationSummary): void {
    this.patience.begin(installation);
    this.#places = installation.places;
  }

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
      this.#reported(report);
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

  /** Races the polling activity with the `recheck` signal, which makes it look at once. */
  async untilRechecked<T>(limitMs: number, ask: (remainingMs: number) => Promise<T>): Promise<T> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      this.#rechecked = false;
      const scope = new CancellationScope();
      const answer = scope.run(() => ask(Math.max(deadline - Date.now(), 1_000)));
      const first = await Promise.race([
        answer.then(() => 'answered'),
        condition(() => this.#rechecked).then(() => 'recheck'),
      ]).catch(async (error: unknown) => {
        // A cancel ends the wait for the signal at once, and the look beside it may be one that takes the turn: undo comes after it.
        if (patched('cancelled-look-ends')) await answer.catch(() => undefined);
        throw error;
      });
      if (first === 'answered') return answer;
      scope.cancel();
      // An answer that came together with the signal counts; a look that was cut short is repeated.
      const ended = await answer.then(
        (value) => ({ value }),
        (error: unknown) => {
          if (!isCancellation(error) && !wasCutShort(error)) throw error;
          return undefined;
        },
      );
      if (ended !== undefined) return ended.value;
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

/** A look that was under way when it was cancelled, and failed: it would have been tried again. */
function wasCutShort(error: unknown): boolean {
  return error instanceof ActivityFailure && error.retryState === RetryState.CANCEL_REQUESTED;
}
