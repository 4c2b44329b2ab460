import { entryName } from '../../core/changes/entry.ts';
import type { DeregisterResult, RemovalReport } from '../../core/run/deregistration.ts';
import type { Check, Leftover, StepReport, UndoReport } from '../../core/run/reports.ts';
import type { Job, Plan } from '../../core/run/job.ts';
import type { OutcomeSoFar } from '../kit/endings.ts';
import type { Progress } from '../kit/progress.ts';

/** Gathers what a deregistration took away, for the result. */
export class RemovalOutcome implements OutcomeSoFar<DeregisterResult> {
  readonly #removed: string[] = [];
  readonly #kept: Leftover[] = [];
  #remaining: readonly string[] = [];
  #checks: readonly Check[] = [];
  #commit: string | undefined;
  #committed = false;
  /** The job as it stands: a rebase gives it another base. */
  job: Job | undefined;

  plan(plan: Plan): void {
    this.job = plan.job;
    this.#remaining = plan.remaining;
  }

  add(report: StepReport): void {
    const { removed = [], kept = [] } = report as RemovalReport;
    for (const line of removed) if (!this.#removed.includes(line)) this.#removed.push(line);
    for (const entry of kept) if (!this.#kept.some((known) => known.what === entry.what)) this.#kept.push(entry);
  }

  checks(checks: readonly Check[]): void {
    this.#checks = checks;
  }

  landed(commit: string | undefined): void {
    this.#commit = commit;
    if (commit !== undefined) this.add({ removed: filesOf(this.job) } as RemovalReport);
  }

  /** From here the run goes forward. */
  commitPoint(): void {
    this.#committed = true;
  }

  get committed(): boolean {
    return this.#committed;
  }

  takenBack(job: Job, _report: UndoReport, progress: Progress): DeregisterResult {
    const nothing = { removed: [], kept: [], remaining: [], checks: [] };
    const { client, changeId } = job;
    return { client, changeId, outcome: 'takenBack', commit: undefined, ...nothing, warnings: [...progress.warnings] };
  }

  result(job: Job, warnings: readonly string[]): DeregisterResult {
    return {
      client: job.client,
      changeId: job.changeId,
      outcome: this.#removed.length > 0 ? 'deregistered' : 'unchanged',
      commit: this.#commit,
      removed: this.#removed,
      kept: this.#kept,
      warnings: [...warnings],
      remaining: this.#removed.length > 0 ? this.#remaining : [],
      checks: this.#checks,
    };
  }
}

function filesOf(job: Job | undefined): readonly string[] {
  const edits = (job?.edits ?? []).filter((edit) => edit.kind !== 'alreadyThere');
  return edits.map((edit) => (edit.entry === entryName('registrationFile') ? edit.path : `entry in ${edit.path}`));
}
