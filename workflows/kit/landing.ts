import { RetryState } from '@temporalio/common';
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/createActivities.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import type { Job } from '../../core/run/job.ts';
import type { LandResult, Proposal } from '../../core/run/reports.ts';
import { compensation, look, request } from './activityOptions.ts';
import type { ClientRun } from './clientRun.ts';
import { describeFailure } from './failures.ts';
import { mergeNotice } from './notify.ts';

/** How often a target branch may move under what we deployed before the run gives up. */
const MAX_REBASES = 3;

/** What a landing tells of itself. */
interface LandedOutcome {
  job: Job | undefined;
  landed(commit: string | undefined): void;
}

/** How a change comes to the target branch: by a push of ours, or merged by people while the run waits. */
export class Lander {
  readonly #run: ClientRun;
  readonly #installation: InstallationSummary;
  /** Of all waits for a merge together, in milliseconds since 1970. */
  #deadline: number | undefined;
  /** The change was merged while its proposal was withdrawn: past that the run goes forward, whatever was asked. */
  mergedAnyway = false;

  constructor(run: ClientRun, installation: InstallationSummary) {
    this.#run = run;
    this.#installation = installation;
  }

  /** Lands the change, or waits until people have merged it. A proposal under which the target moves is made anew. */
  async land(job: Job, lastTry = false) {
    this.#deadline ??= Date.now() + this.#installation.timings.mergeMs;
    for (;;) {
      const result = await this.#proposedOrLanded(job, lastTry, this.#deadline);
      if (result.state === 'landed' || result.state === 'rebased') return result;
    }
  }

  /** `land: first`: the one change goes to the target branch before anything else is done in the cluster. */
  async landFirst(job: Job, outcome: LandedOutcome): Promise<void> {
    const landed = await this.#run.step('landChange', () => this.land(job), { goesForward: true });
    if (landed.state === 'landed') outcome.landed(landed.commit);
  }

  /**
   * `land: last`: where what we deployed from has moved, the branch is on a new base. `again` deploys and verifies that, before
   * it is landed.
   */
  async landOrRebase(job: Job, outcome: LandedOutcome, again: (rebased: Job) => Promise<void>): Promise<void> {
    let current = job;
    for (let rebases = 0; ; rebases += 1) {
      const lastTry = job.landBy === undefined && rebases >= MAX_REBASES;
      const landed = await this.#run.step('landChange', () => this.land(current, lastTry), { goesForward: true });
      if (landed.state === 'landed') {
        outcome.landed(landed.commit);
        return;
      }
      current = {
        ...current,
        base: landed.base,
        edits: landed.edits,
        ...(landed.blueprint === undefined ? {} : { blueprint: landed.blueprint }),
        formerBases: [...(current.formerBases ?? []), current.base],
      };
      outcome.job = current;
      await again(current);
    }
  }

  async #proposedOrLanded(job: Job, lastTry: boolean, deadline: number) {
    if (job.landBy === undefined) return this.#landOnce(job, lastTry);
    try {
      const answer = await this.#landOnce(job, lastTry);
      if (answer.state !== 'proposed') return answer;
      this.#run.progress.set('landChange', 'running', answer.note);
      this.#run.progress.warn(...(answer.warnings ?? []));
      return await this.#merged(job, answer.proposal, deadline);
    } catch (error) {
      return this.#mergedAfterAll(job, error);
    }
  }

  async #merged(job: Job, proposal: Proposal, deadline: number) {
    const { timings } = this.#installation;
    const notice = mergeNotice(job.client, proposal);
    const where = proposal.address ?? `branch ${proposal.branch}`;
    const wait = (): Promise<LandResult> =>
      this.#run.untilRechecked(Math.max(deadline - Date.now(), 1_000), (remainingMs) => {
        const options = look(timings, remainingMs, timings.mergePollMs);
        return proxyActivities<Activities>(options).awaitMerge.executeWithOptions(
          { ...options, summary: `merge of ${where}` },
          [job, proposal],
        );
      });
    try {
      return await this.#run.notices.whileWaiting(this.#installation, notice, () =>
        this.#run.patience.outlast('step', wait),
      );
    } catch (error) {
      throw gaveUpWaiting(error) ? notMerged(where, timings.mergeMs) : error;
    }
  }

  /** Before a proposal is given up it is withdrawn: where people were faster, its change is on the target and stays. */
  async #mergedAfterAll(job: Job, error: unknown) {
    const options = compensation(this.#installation.timings);
    const landing = await CancellationScope.nonCancellable(() =>
      this.#run.patience.outlast('undo', () =>
        proxyActivities<Activities>(options).settleLanding.executeWithOptions(
          { ...options, summary: `withdraw ${job.branch}; was it merged all the same?` },
          [job],
        ),
      ),
    ).catch(() => undefined);
    // Where it cannot be told, the undo asks again and lists what it must keep; what ended the wait is the cause.
    if (landing?.state !== 'landed') throw error;
    this.mergedAnyway = true;
    this.#run.progress.warn(
      isCancellation(error)
        ? 'The cancel came too late: the change had been merged, so the run goes on.'
        : `The change had been merged before this failed, so the run goes on: ${describeFailure(error).message}`,
    );
    return { ...landing, note: `merged; on the target as of ${landing.commit.slice(0, 12)}` };
  }

  /** Not cancellable: a push that a cancel cut short would leave nobody knowing whether it landed. */
  async #landOnce(job: Job, lastTry = false) {
    const options = request(this.#installation.timings);
    return CancellationScope.nonCancellable(() =>
      this.#run.patience.outlast('step', () =>
        proxyActivities<Activities>(options).landChange.executeWithOptions(
          { ...options, summary: `${job.branch} → target branch` },
          [job, { lastTry }],
        ),
      ),
    );
  }
}

/** The time is up, and nothing but the merge was missing. */
function gaveUpWaiting(error: unknown): boolean {
  if (!(error instanceof ActivityFailure) || error.retryState !== RetryState.TIMEOUT) return false;
  return ['NotYet', 'Timeout'].includes(describeFailure(error).type);
}

function notMerged(where: string, limitMs: number): ApplicationFailure {
  const hours = Math.round(limitMs / 36_000) / 100;
  return ApplicationFailure.create({
    type: 'NotYet',
    nonRetryable: true,
    message: `${where} was not merged within ${hours} h`,
    details: [
      { system: 'Git', remedy: 'Start again when it can be reviewed, or raise timings.mergeMs in registrar.yaml.' },
    ],
  });
}
