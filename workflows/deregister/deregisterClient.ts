import {
  ApplicationFailure,
  CancellationScope,
  proxyActivities,
  proxyLocalActivities,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/createActivities.ts';
import { delivers } from '../../core/run/extraSteps.ts';
import {
  deregisterStepsInOrder,
  FORWARD_STEPS,
  TAKE_FROM_STEP,
  type DeregisterInput,
  type DeregisterResult,
  type DeregisterStep,
} from '../../core/run/deregistration.ts';
import { type InstallationSummary, canonicalWorkflowId } from '../../core/run/requests.ts';
import type { Job } from '../../core/run/job.ts';
import { request, vaultWrite, wait } from '../kit/activityOptions.ts';
import { deregistrationOf, runUnderCanonicalId } from '../kit/canonical.ts';
import { ClientRun } from '../kit/clientRun.ts';
import { orTell } from '../kit/earlyEnd.ts';
import { registerTurn } from '../kit/takeTurn.ts';
import { takeBack, undoAndFail } from '../kit/endings.ts';
import { describeFailure } from '../kit/failures.ts';
import { Lander } from '../kit/landing.ts';
import { removalCompensationsOf } from './compensations.ts';
import { RemovalOutcome } from './outcome.ts';
import { takeTurn } from '../kit/takeTurn.ts';

const local = proxyLocalActivities<Activities>({ startToCloseTimeout: '30 seconds', retry: { maximumAttempts: 5 } });

/**
 * Takes one OIDC client out of GitOps repository, clusters, Authentik and vault, or puts everything back. Start it as
 * `oidc-client/<client>`; under another id it runs itself as a child under that one.
 */
export async function deregisterClient(input: DeregisterInput): Promise<DeregisterResult> {
  const client = await orTell('deregistered', () => deregistrationOf(input));
  if (workflowInfo().workflowId !== canonicalWorkflowId(client)) {
    return orTell(
      'deregistered',
      () => runUnderCanonicalId<DeregisterResult>('deregisterClient', client, input),
      client,
    );
  }
  return new DeregisterRun(client, input).run();
}

/** One run: the story in {@link DeregisterRun.run}. Up to the point of no return each step can be put back. */
class DeregisterRun {
  readonly #run: ClientRun;
  readonly #input: DeregisterInput;
  readonly #outcome = new RemovalOutcome();
  #incomplete: ApplicationFailure | undefined;

  constructor(client: string, input: DeregisterInput) {
    this.#input = input;
    this.#run = new ClientRun(
      client,
      deregisterStepsInOrder('last'),
      (report) => this.#outcome.add(report),
      'deregistering',
    );
  }

  async run(): Promise<DeregisterResult> {
    const installation = await orTell('deregistered', () => local.describeInstallation());
    this.#run.begin(installation);
    if (installation.searchable) upsertSearchAttributes({ OidcClient: [this.#run.client] });
    this.#run.progress.warn(...(installation.warnings ?? []));
    this.#run.progress.plan(deregisterStepsInOrder(installation.land));
    try {
      return await this.#deregister(installation);
    } catch (error) {
      if (error === this.#incomplete) {
        await this.#run.notices.tellEnd(installation, this.#run.client, error, 'deregistered');
        throw error;
      }
      return undoAndFail({
        error,
        installation,
        client: this.#run.client,
        saga: this.#run.saga,
        patience: this.#run.patience,
        progress: this.#run.progress,
        notices: this.#run.notices,
        outcome: this.#outcome,
        finish: (job) => this.#finish(installation, job),
        deed: 'deregistered',
      });
    }
  }

  async #deregister(installation: InstallationSummary): Promise<DeregisterResult> {
    const changeId = await takeTurn(this.#run, installation);
    const plan = await this.#plan(installation, changeId);
    const { job } = plan;
    this.#outcome.plan(plan);
    this.#run.progress.warn(...plan.warnings);
    if (delivers(job)) this.#run.progress.plan(deregisterStepsInOrder(job.land, true));
    if (plan.unchanged && !this.#asksToTakeBack) return this.#nothingToDo(installation, job);

    if (job.land === 'last') registerTurn(this.#run.saga, installation, this.#run.client);
    if (job.removal?.committed === true) return this.#goOnForward(installation, job);
    this.#registerCompensations(installation, job);
    // A dead run may have been in any step; a branch may be there from the first push on.
    this.#run.saga.begin('cleanUp', ...(job.continued ? deregisterStepsInOrder('last', delivers(job)) : []));
    if (this.#asksToTakeBack) takeBack(job, { what: 'deregistration', instead: 'deregister it' });
    const landing = new Lander(this.#run, installation);
    if (job.land === 'first') await this.#land(landing, job);
    const rest = (): Promise<void> => this.#takeOut(installation, job);
    await (landing.mergedAnyway ? CancellationScope.nonCancellable(rest) : rest());
    if (job.land === 'last') {
      await landing.landOrRebase(job, this.#outcome, async (rebased) => {
        this.#registerCompensations(installation, rebased);
        await this.#takeOut(installation, rebased);
      });
    }
    return this.#finish(installation, this.#outcome.job ?? job);
  }

  #registerCompensations(installation: InstallationSummary, job: Job): void {
    for (const each of removalCompensationsOf(installation, job)) this.#run.saga.register(each);
  }

  get #asksToTakeBack(): boolean {
    return 'takeBack' in this.#input && (this.#input.takeBack ?? false);
  }

  /** A dead run had passed the point of no return: nothing of it is put back, so no compensation is registered. */
  async #goOnForward(installation: InstallationSummary, job: Job): Promise<DeregisterResult> {
    if (!this.#asksToTakeBack) return this.#finish(installation, job);
    throw refused(
      `the deregistration of ${job.client} has passed its point of no return`,
      'Start without takeBack to finish it; registerClient makes the client anew.',
    );
  }

  async #plan(installation: InstallationSummary, changeId: string) {
    const options = wait(installation.timings);
    return this.#run.step('planRemoval', () =>
      proxyActivities<Activities>(options).planRemoval.executeWithOptions(
        { ...options, summary: `${this.#run.client}: read everything, change nothing` },
        [{ input: this.#input, client: this.#run.client, changeId, digest: installation.digest }],
      ),
    );
  }

  /** Cluster, then Authentik, then the proof. The vault's secret stays, so that all of it can be put back. */
  async #takeOut(installation: InstallationSummary, job: Job): Promise<void> {
    const activities = proxyActivities<Activities>(wait(installation.timings));
    const options = (summary: string) => ({ ...wait(installation.timings), summary });
    const { names } = job;
    if (delivers(job)) {
      await this.#run.step(TAKE_FROM_STEP, () =>
        activities.takeFromConsumers.executeWithOptions(options(`${names.secretKey}: away from consumers`), [job]),
      );
    }
    // Authentik itself forgets an instance whose file is gone, and judges a file that comes back.
    this.#run.saga.begin('removeApplication');
    await this.#run.step('takeOutBlueprint', () =>
      activities.takeOutBlueprint.executeWithOptions(
        options(`${names.blueprintPath}, ${names.secretFile ?? names.envVar}`),
        [job],
      ),
    );
    await this.#run.step('takeOutExternalSecret', () =>
      activities.takeOutExternalSecret.executeWithOptions(options(names.secretKey), [job]),
    );
    await this.#run.step('removeApplication', () =>
      activities.removeApplication.executeWithOptions(options(`${names.slug}: application and provider`), [job]),
    );
    const verified = await this.#run.step('verifyRemoval', () =>
      activities.verifyRemoval.executeWithOptions(options(`${names.slug}: that it is gone`), [job]),
    );
    this.#outcome.checks(verified.checks);
  }

  /** `land: first`: the one change goes to the target branch before anything is taken out. */
  async #land(landing: Lander, job: Job): Promise<void> {
    // What lands may deploy itself before the push has even answered.
    this.#run.saga.begin(TAKE_FROM_STEP, 'takeOutBlueprint', 'takeOutExternalSecret', 'removeApplication');
    await landing.landFirst(job, this.#outcome);
  }

  async #nothingToDo(installation: InstallationSummary, job: Job): Promise<DeregisterResult> {
    for (const name of deregisterStepsInOrder(job.land, delivers(job))) {
      if (!['acquireTurn', 'planRemoval', 'cleanUp'].includes(name))
        this.#run.progress.set(name, 'skipped', 'nothing of it is there');
    }
    await this.#forward('cleanUp', () => this.#cleanUp(installation, job));
    return this.#result(job);
  }

  /**
   * The point of no return: groups and accounts, and the secret, are not made again, so from here the run only goes forward. A
   * step that fails does not keep the others from being done; the next run does what is left.
   */
  async #finish(installation: InstallationSummary, job: Job): Promise<DeregisterResult> {
    this.#outcome.commitPoint();
    this.#run.progress.phase('forwardOnly');
    CancellationScope.current().cancelRequested.catch(() => {
      this.#run.progress.warn('The cancel came too late: the run had passed its point of no return.');
    });
    await CancellationScope.nonCancellable(async () => {
      const waiting = wait(installation.timings);
      const writing = vaultWrite(installation.timings);
      const failures = [
        await this.#forward('removeAccounts', () =>
          proxyActivities<Activities>(waiting).removeAccounts.executeWithOptions(
            { ...waiting, summary: `${job.client}: groups and service accounts that nobody else uses` },
            [job],
          ),
        ),
        await this.#forward('retireSecret', () =>
          proxyActivities<Activities>(writing).retireSecret.executeWithOptions(
            { ...writing, summary: `${job.names.vaultField}: ${job.removal?.purge === true ? 'delete' : 'relabel'}` },
            [job],
          ),
        ),
      ].filter((failure) => failure !== undefined);
      const left = await this.#forward('cleanUp', () => this.#cleanUp(installation, job));
      if (left !== undefined) this.#run.progress.warn(`cleanUp failed, the client is gone: ${left.said}`);
      if (failures.length > 0) this.#incomplete = incomplete(job, failures);
    });
    if (this.#incomplete !== undefined) throw this.#incomplete;
    return this.#result(job);
  }

  /** A step past the point of no return; what it failed with, for people. */
  async #forward(step: DeregisterStep, run: () => Promise<object>): Promise<StepFailure | undefined> {
    try {
      await this.#run.step(step, run, { goesForward: FORWARD_STEPS.includes(step) });
      return undefined;
    } catch (error) {
      const { message, remedy } = describeFailure(error);
      return { step, said: `${step}: ${message} ${remedy}` };
    }
  }

  async #cleanUp(installation: InstallationSummary, job: Job) {
    const options = request(installation.timings);
    return proxyActivities<Activities>(options).cleanUp.executeWithOptions(
      { ...options, summary: `${job.branch}: delete, release the turn` },
      [job],
    );
  }

  #result(job: Job): DeregisterResult {
    this.#run.progress.phase('finished');
    return this.#outcome.result(job, this.#run.progress.warnings);
  }
}

function refused(message: string, remedy: string): ApplicationFailure {
  const details = [{ system: 'oidc-registrar', remedy }];
  return ApplicationFailure.create({ type: 'Refused', nonRetryable: true, message, details });
}

interface StepFailure {
  readonly step: DeregisterStep;
  readonly said: string;
}

function incomplete(job: Job, failures: readonly StepFailure[]): ApplicationFailure {
  const kept = failures.map(({ step, said }) => ({
    what: step,
    why: said,
    remedy: `Mend it, then start deregisterClient again with the same input: it does what is left.`,
  }));
  return ApplicationFailure.create({
    type: 'Incomplete',
    nonRetryable: true,
    message: `${job.client} signs nobody in any more, but something of it is left: ${failures.map(({ said }) => said).join(' | ')} Start deregisterClient again: it does what is left.`,
    details: [{ remedy: 'Mend what is named, then start deregisterClient again.', undone: [], kept }],
  });
}
