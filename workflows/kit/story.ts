import { ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { endingOf, failedEnding, type Ended, type Ending, type FailureDetails } from '../../core/run/ending.ts';
import { linksOf, type Link } from '../../core/run/links.ts';
import type { Job, Plan } from '../../core/run/job.ts';
import { changedNothing } from '../../core/run/progress.ts';
import { leftOutOf } from '../../core/run/extraSteps.ts';
import type { UndoReport } from '../../core/run/reports.ts';
import { ClientRun, type RunKind } from './clientRun.ts';
import { endedUntouched, TakeBack, undoAndFail } from './endings.ts';
import { describeFailure, failure } from './failures.ts';
import { outcomeOf } from './metrics.ts';
import type { Compensation } from './saga.ts';

/** A run from its beginning to one of its ends. What it does in between is its story. */
export abstract class Story<Input extends object, Result extends Ended, Planned extends Job = Job> extends ClientRun {
  readonly input: Input;
  #slug: string | undefined;

  constructor(client: string, kind: RunKind, input: Input) {
    super(client, kind);
    this.input = input;
  }

  /** The steps in their order, up to the result. */
  protected abstract story(): Promise<Result>;

  /** How each step of the job is taken back. */
  abstract compensations(job: Planned): readonly Compensation[];

  /** What is left to do once the change stands: from here the run only goes forward. */
  abstract finish(job: Planned): Promise<Result>;

  /** The result where the undo was asked for, and nothing is left. */
  abstract takenBack(job: Job, report: UndoReport): Result;

  /** What people see of the run tells how it ended. */
  async run(): Promise<Result> {
    try {
      await this.begin().catch((error: unknown) => {
        throw endedUntouched(this, error);
      });
      const result = await this.#toItsEnd();
      this.progress.see(...this.#links(result));
      this.progress.end(endingOf(result), result.outcome);
      return result;
    } catch (error) {
      this.progress.end(this.#failed(error), outcomeOf(error));
      throw error;
    }
  }

  async #toItsEnd(): Promise<Result> {
    try {
      return await this.story();
    } catch (error) {
      return this.end(error);
    }
  }

  #links({ outcome, commit }: Result): readonly Link[] {
    const isThere = this.kind.deed !== 'deregistered' && outcome !== 'takenBack';
    return linksOf(this.installation.pages, { commit, slug: isThere ? this.#slug : undefined });
  }

  #failed(error: unknown): Ending {
    const untouched = changedNothing(this.progress.view());
    if (isCancellation(error))
      return { outcome: `cancelled, ${untouched ? 'nothing was changed' : 'everything is as it was'}` };
    const details =
      error instanceof ApplicationFailure ? (error.details?.[0] as FailureDetails | undefined) : undefined;
    const { message, remedy } = describeFailure(error);
    return failedEnding(this.kind.deed, message, { remedy, ...details }, untouched);
  }

  protected async end(error: unknown): Promise<Result> {
    return undoAndFail(this, error);
  }

  get asksToTakeBack(): boolean {
    return 'takeBack' in this.input && Boolean(this.input.takeBack);
  }

  /** What a step that reads everything is asked. */
  protected asked(changeId: string) {
    return { input: this.input, client: this.client, changeId, digest: this.installation.digest };
  }

  /** What was planned, and the steps that come with it. */
  protected planned(plan: Plan): void {
    this.goesBy(plan.job);
    this.outcome.plan(plan);
    this.#slug = plan.job.names.slug;
    this.progress.plan(this.kind.steps(plan.job.land, plan.job));
  }

  /** From here on each step that has begun is taken back. An interrupted run may have been in any, and its branch may be there. */
  protected cover(job: Planned): void {
    this.#slug = job.names.slug;
    this.saga.register(...this.compensations(job));
    this.progress.leaveOut('a public client has no secret', ...leftOutOf(job));
    this.saga.begin('cleanUp', ...(job.continued ? this.kind.steps('last', job) : []));
  }

  /** Ends the run by its undo where a person has asked for that. Throws `Refused` where nothing is half done. */
  protected takeBackIfAsked(job: Job): void {
    if (!this.asksToTakeBack) return;
    if (job.continued) throw new TakeBack(job);
    const { halfDone, instead } = this.kind;
    throw failure(
      'Refused',
      `client ${job.client} has no ${halfDone} that is half done, so there is nothing to take back`,
      {
        system: 'oidc-registrar',
        remedy: `Start without takeBack to ${instead}.`,
      },
    );
  }

  /** A step past the point of no return: no cancel ends the run for it. Answers what it failed with, in words. */
  protected async goForward(step: string, run: () => Promise<object>): Promise<string | undefined> {
    try {
      await this.step(step, run, { goesForward: true });
      return undefined;
    } catch (error) {
      const { message, remedy } = describeFailure(error);
      return `${message} ${remedy}`;
    }
  }
}
