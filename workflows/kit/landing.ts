import { RetryState } from '@temporalio/common';
import { ActivityFailure, type ApplicationFailure, CancellationScope, isCancellation } from '@temporalio/workflow';
import type { Job } from '../../core/run/job.ts';
import type { LandResult, Proposal } from '../../core/run/reports.ts';
import { compensation, look, request } from './activityOptions.ts';
import type { ClientRun } from './clientRun.ts';
import { describeFailure, failure } from './failures.ts';
import { mergeNotice } from './notify.ts';

/** How often a target branch may move under what we deployed before the run gives up. */
const MAX_REBASES = 3;

/** How a change comes to the target branch: by a push of ours, or merged by people while the run waits. */
export class Lander {
  readonly #run: ClientRun;
  /** Of all waits for a merge together, in milliseconds since 1970. */
  #deadline: number | undefined;
  /** The change was merged while its proposal was withdrawn: past that the run goes forward, whatever was asked. */
  mergedAnyway = false;

  constructor(run: ClientRun) {
    this.#run = run;
  }

  /**
   * The step that lands the change. Where what was deployed from has moved, which it has `rebases` times before, answers
   * the job on its new base instead.
   */
  async land(job: Job, rebases = 0): Promise<Job | undefined> {
    const lastTry = job.landBy === undefined && rebases >= MAX_REBASES;
    const landed = await this.#run.step('landChange', () => this.#landed(job, lastTry), { goesForward: true });
    if (landed.state === 'rebased') return onNewBase(job, landed);
    this.#run.outcome.landed(landed.commit);
    return undefined;
  }

  /** Lands the change, or waits until people have merged it. A proposal under which the target moves is made anew. */
  async #landed(job: Job, lastTry: boolean) {
    this.#deadline ??= Date.now() + this.#run.installation.timings.mergeMs;
    for (;;) {
      const result = await this.#proposedOrLanded(job, lastTry, this.#deadline);
      if (result.state === 'landed' || result.state === 'rebased') return result;
    }
  }

  async #proposedOrLanded(job: Job, lastTry: boolean, deadline: number) {
    if (job.landBy === undefined) return this.#landOnce(job, lastTry);
    try {
      const answer = await this.#landOnce(job, lastTry);
      if (answer.state !== 'proposed') return answer;
      this.#run.progress.set('landChange', 'running', answer.note);
      const { address } = answer.proposal;
      if (address !== undefined) this.#run.progress.see({ text: 'pull request', address });
      this.#run.progress.warn(...(answer.warnings ?? []));
      return await this.#merged(job, answer.proposal, deadline);
    } catch (error) {
      return this.#mergedAfterAll(job, error);
    }
  }

  async #merged(job: Job, proposal: Proposal, deadline: number): Promise<LandResult> {
    const run = this.#run;
    const where = proposal.address ?? `branch ${proposal.branch}`;
    const wait = () =>
      run.looks.until(Math.max(deadline - Date.now(), 1_000), (remainingMs) =>
        run.ask('awaitMerge', look(remainingMs, 'mergePollMs'), `merge of ${where}`, job, proposal),
      );
    try {
      return await run.notices.whileWaiting(mergeNotice(job.client, proposal), () =>
        run.progress.whileWaitingFor('merge', () => run.patience.outlast('step', wait)),
      );
    } catch (error) {
      throw gaveUpWaiting(error) ? notMerged(where, run.installation.timings.mergeMs) : error;
    }
  }

  /** Before a proposal is given up it is withdrawn: where people were faster, its change is on the target and stays. */
  async #mergedAfterAll(job: Job, error: unknown) {
    const run = this.#run;
    const summary = `withdraw ${job.branch}; was it merged all the same?`;
    const landing = await CancellationScope.nonCancellable(() =>
      run.patience.outlast('undo', () => run.ask('settleLanding', compensation, summary, job)),
    ).catch(() => undefined);
    // Where it cannot be told, the undo asks again and lists what it must keep; what ended the wait is the cause.
    if (landing?.state !== 'landed') throw error;
    this.mergedAnyway = true;
    run.progress.warn(
      isCancellation(error)
        ? 'The cancel came too late: the change had been merged, so the run goes on.'
        : `The change had been merged before this failed, so the run goes on: ${describeFailure(error).message}`,
    );
    return { ...landing, note: `merged; on the target as of ${landing.commit.slice(0, 12)}` };
  }

  /** Not cancellable: a push that a cancel cut short would leave nobody knowing whether it landed. */
  async #landOnce(job: Job, lastTry: boolean) {
    const { patience } = this.#run;
    return CancellationScope.nonCancellable(() =>
      patience.outlast('step', () =>
        this.#run.ask('landChange', request, `${job.branch} → target branch`, job, { lastTry }),
      ),
    );
  }
}

function onNewBase(job: Job, { base, edits, blueprint }: Extract<LandResult, { state: 'rebased' }>): Job {
  const formerBases = [...(job.formerBases ?? []), job.base];
  return { ...job, base, edits, ...(blueprint === undefined ? {} : { blueprint }), formerBases };
}

/** The time is up, and nothing but the merge was missing. */
function gaveUpWaiting(error: unknown): boolean {
  if (!(error instanceof ActivityFailure) || error.retryState !== RetryState.TIMEOUT) return false;
  return ['NotYet', 'Timeout'].includes(describeFailure(error).type);
}

function notMerged(where: string, limitMs: number): ApplicationFailure {
  const hours = Math.round(limitMs / 36_000) / 100;
  const remedy = 'Start again when it can be reviewed, or raise timings.mergeMs in registrar.yaml.';
  return failure('NotYet', `${where} was not merged within ${hours} h`, { system: 'Git', remedy });
}
