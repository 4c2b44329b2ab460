import { RetryState } from '@temporalio/common';
import { ActivityFailure, isCancellation, sleep } from '@temporalio/workflow';
import type { Timings } from '../../core/installation/timings.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import { OUTAGES } from './activityOptions.ts';
import { EarlierDeeds } from './earlierDeeds.ts';
import { describeFailure, systemOf, type Described } from './failures.ts';
import { refusalNotice, type Notices } from './notify.ts';
import { hasPatch } from './patches.ts';
import type { Progress } from './progress.ts';

/** In a step a refusal is waited out for `timings.requestRetryMs`, in an undo for `timings.undoRetryMs`. */
export type Phase = 'step' | 'undo';

/** What the Temporal UI calls the time between two tries. */
const AGAIN = { summary: 'before it is tried again; the current details say why' } as const;

interface Refusal {
  /** Refusals of one key are waited out together. */
  readonly key: string;
  readonly text: string;
}

/**
 * Waits out refusals that may pass by themselves: an expired credential that is renewed, a proxy's answer, a worker with another
 * configuration than the run began with. Temporal does not repeat them, so that a wrong token is told at once where a run begins;
 * once preflight has passed with it, the same refusal is a disturbance. People see what is waited for.
 */
export class Patience {
  readonly #client: string;
  readonly #progress: Progress;
  readonly #notices: Notices;
  #installation: InstallationSummary | undefined;
  #proven = false;
  /** When each refusal that still lasts was met first, in milliseconds since 1970. */
  readonly #since = new Map<string, number>();

  constructor(client: string, progress: Progress, notices: Notices) {
    this.#client = client;
    this.#progress = progress;
    this.#notices = notices;
  }

  /** How long to wait is the installation's. */
  begin(installation: InstallationSummary): void {
    this.#installation = installation;
  }

  /** Every system has taken the worker's credentials: from here on a refusal may pass. */
  prove(): void {
    this.#proven = true;
  }

  /**
   * `ask` may be repeated as a whole; the report of an undo or a removal is that of all its tries. What is no passing refusal is thrown
   * at once, the refusal when its time is up.
   */
  async outlast<T>(phase: Phase, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      const installation = this.#installation;
      const refusal = this.#refusalOf(phase, error);
      if (installation === undefined || refusal === undefined) throw error;
      // Histories of before have no waits here.
      if (!hasPatch(installation, 'refusals-pass')) throw error;
      const notice = refusalNotice(this.#client, refusal.text);
      const again = () =>
        this.#progress.whileWaitingFor('access', () => this.#again(installation.timings, phase, ask, error));
      return this.#notices.whileWaiting(notice, again).finally(() => this.#progress.waits(undefined));
    }
  }

  /**
   * Repeats a look that ends with the first of {@link OUTAGES}, until they have lasted `timings.requestRetryMs` with no other answer
   * between them. `ask` may take days while what it looks for has not come.
   */
  async outlastOutage<T>(installation: InstallationSummary, ask: () => Promise<T>): Promise<T> {
    const { timings } = installation;
    for (let since: number | undefined, pauseMs = timings.retryInitialMs; ;) {
      const asked = Date.now();
      try {
        return await ask();
      } catch (error) {
        // Histories of before ended here.
        if (!isOutage(error) || !hasPatch(installation, 'outages-end')) throw error;
        // No single attempt lasts so long, so that earlier ones had another answer.
        const answered = Date.now() - asked > timings.requestMs;
        if (since === undefined || answered) [since, pauseMs] = [answered ? Date.now() : asked, timings.retryInitialMs];
        const leftMs = since + timings.requestRetryMs - Date.now();
        if (leftMs <= 0) throw error;
        this.#progress.waits(
          `${sentences(describeFailure(error))} (tried again for up to ${minutes(timings.requestRetryMs)})`,
        );
        await sleep(Math.min(pauseMs, leftMs), AGAIN).finally(() => this.#progress.waits(undefined));
        pauseMs = Math.min(pauseMs * 2, timings.retryMaximumMs);
      }
    }
  }

  async #again<T>(timings: Timings, phase: Phase, ask: () => Promise<T>, first: unknown): Promise<T> {
    const limitMs = phase === 'undo' ? timings.undoRetryMs : timings.requestRetryMs;
    const met = new Set<string>();
    const earlier = new EarlierDeeds();
    for (
      let error = first, pauseMs = timings.retryInitialMs;
      ;
      pauseMs = Math.min(pauseMs * 2, timings.retryMaximumMs)
    ) {
      const refusal = this.#refusalOf(phase, error);
      if (refusal === undefined) throw error;
      met.add(refusal.key);
      earlier.failed(error);
      const since = this.#since.get(refusal.key) ?? Date.now();
      this.#since.set(refusal.key, since);
      const leftMs = since + limitMs - Date.now();
      if (leftMs <= 0) throw error;
      this.#progress.waits(`${refusal.text} (tried again for up to ${minutes(limitMs)})`);
      await sleep(Math.min(pauseMs, leftMs), AGAIN);
      try {
        const answer = await ask();
        for (const key of met) this.#since.delete(key);
        return earlier.addTo(answer);
      } catch (next) {
        error = next;
      }
    }
  }

  #refusalOf(phase: Phase, error: unknown): Refusal | undefined {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) return undefined;
    const described = describeFailure(error);
    const { type } = described;
    const passes = type === 'OtherConfiguration' || (type === 'Unauthorized' && (this.#proven || phase === 'undo'));
    return passes ? { key: `${phase} ${type} ${systemOf(error)}`, text: sentences(described) } : undefined;
  }
}

/** An attempt's own answer; a wait whose whole time is up ends otherwise. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof ActivityFailure) || error.retryState === RetryState.TIMEOUT) return false;
  return OUTAGES.some((kind) => kind === describeFailure(error).type);
}

function sentences({ message, remedy }: Described): string {
  return `${message.replace(/[.:;]?\s*$/, '.')} ${remedy}`;
}

function minutes(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`;
}
