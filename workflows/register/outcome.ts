import type { Check, RegisterResult, StepReport, UndoReport } from '../../core/run/reports.ts';
import type { Job, Plan } from '../../core/run/job.ts';
import { describeFailure } from '../kit/failures.ts';
import type { Progress } from '../kit/progress.ts';

/** Gathers what the steps did, for the result. */
export class Outcome {
  readonly #created: string[] = [];
  readonly #changed: string[] = [];
  readonly #alreadyRight: string[] = [];
  readonly #kept: string[] = [];
  #remaining: readonly string[] = [];
  #checks: readonly Check[] = [];
  #commit: string | undefined;
  #unchanged = false;
  #committed = false;
  /** The job as it stands: a rebase gives it another base. */
  job: Job | undefined;

  plan(plan: Plan): void {
    this.job = plan.job;
    this.#remaining = plan.remaining;
    this.#unchanged = plan.unchanged;
  }

  add(report: StepReport): void {
    const merge = (into: string[], more: readonly string[] | undefined): void => {
      for (const line of more ?? []) if (!into.includes(line)) into.push(line);
    };
    merge(this.#created, report.created);
    merge(this.#changed, report.changed);
    merge(this.#alreadyRight, report.alreadyRight);
  }

  checks(checks: readonly Check[]): void {
    this.#checks = checks;
  }

  landed(commit: string | undefined): void {
    this.#commit = commit;
  }

  /** From here the run goes forward or is deregistered later. */
  commitPoint(): void {
    this.#committed = true;
  }

  get committed(): boolean {
    return this.#committed;
  }

  cleanUpFailed(error: unknown, job: Job, progress: Progress): void {
    const { message, remedy } = describeFailure(error);
    progress.warn(`cleanUp failed, the registration stands: ${message} ${remedy}`);
    this.#kept.push(`branch ${job.branch} or the turn, until the next run of ${job.client} tidies up`);
  }

  /** A half-done change that was taken back because a person asked for it. */
  takenBack(job: Job, report: UndoReport, progress: Progress): RegisterResult {
    return {
      client: job.client,
      changeId: job.changeId,
      outcome: 'takenBack',
      commit: undefined,
      created: [],
      changed: report.undone,
      alreadyRight: [],
      kept: [],
      warnings: [...progress.warnings],
      remaining: [],
      checks: [],
    };
  }

  result(job: Job, warnings: readonly string[]): RegisterResult {
    return {
      client: job.client,
      changeId: job.changeId,
      outcome: this.#unchanged ? 'unchanged' : job.repair === undefined ? 'registered' : 'repaired',
      commit: this.#commit,
      created: this.#created,
      changed: this.#changed,
      alreadyRight: this.#alreadyRight,
      kept: this.#kept,
      warnings: [...warnings],
      remaining: this.#remaining,
      checks: this.#checks,
    };
  }
}
