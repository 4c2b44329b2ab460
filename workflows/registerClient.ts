import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  upsertSearchAttributes,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { DeployStep } from '../activities/awaitDeployed.ts';
import type { Activities } from '../activities/createActivities.ts';
import {
  canonicalWorkflowId,
  STEPS,
  stepsInOrder,
  type InstallationSummary,
  type Job,
  type MadeField,
  type RegisterInput,
  type RegisterResult,
  type StepName,
  type StepReport,
} from '../core/run.ts';
import { look, request, vaultWrite, wait } from './activityOptions.ts';
import { clientOf, runUnderCanonicalId } from './canonical.ts';
import { compensationsOf, registerTurn } from './compensations.ts';
import { undoAndFail } from './endings.ts';
import { describeFailure } from './failures.ts';
import { deployNotice, Notices, turnNotice } from './notify.ts';
import { Outcome } from './outcome.ts';
import { Progress, progressQuery } from './progress.ts';
import { Saga } from './saga.ts';

/** Looks again at once instead of at the next interval, where the run waits for people or for its turn. */
const recheckSignal = defineSignal('recheck');

/** Ends an undo that is under way; answers what remains. */
const stopUndoUpdate = defineUpdate<string>('stopUndo');

/** How often a target branch may move under what we deployed before the run gives up. */
const MAX_REBASES = 3;

const local = proxyLocalActivities<Activities>({ startToCloseTimeout: '30 seconds', retry: { maximumAttempts: 5 } });

/**
 * Registers one OIDC client across vault, GitOps repository, clusters, Authentik and Ansible files, or takes everything
 * back. Start it as `oidc-client/<client>`; under another id it runs itself as a child under that one.
 */
export async function registerClient(input: RegisterInput): Promise<RegisterResult> {
  const client = clientOf(input);
  if (workflowInfo().workflowId !== canonicalWorkflowId(client)) {
    return runUnderCanonicalId<RegisterResult>('registerClient', client, input);
  }
  return new Registration(client, input).run();
}

/** One run: the story in {@link Registration.run}, each step beside its compensation. */
class Registration {
  readonly #client: string;
  readonly #input: RegisterInput;
  readonly #progress: Progress;
  readonly #notices: Notices;
  readonly #saga = new Saga();
  readonly #outcome = new Outcome();
  #rechecked = false;
  #made: MadeField = {};

  constructor(client: string, input: RegisterInput) {
    this.#client = client;
    this.#input = input;
    this.#progress = new Progress(client, stepsInOrder('last'));
    this.#notices = new Notices(this.#progress);
    setHandler(progressQuery, () => this.#progress.view());
    setHandler(recheckSignal, () => {
      this.#rechecked = true;
    });
    setHandler(stopUndoUpdate, () => {
      if (this.#progress.current !== 'undoing') return 'No undo is under way; nothing was done.';
      this.#saga.stop();
      return 'The undo stops; the result lists what remains.';
    });
  }

  async run(): Promise<RegisterResult> {
    const installation = await local.describeInstallation();
    if (installation.searchable) upsertSearchAttributes({ OidcClient: [this.#client] });
    this.#progress.plan(stepsInOrder(installation.land));
    try {
      return await this.#register(installation);
    } catch (error) {
      return undoAndFail({
        error,
        installation,
        client: this.#client,
        saga: this.#saga,
        progress: this.#progress,
        notices: this.#notices,
        outcome: this.#outcome,
        finish: (job) => this.#finish(installation, job),
      });
    }
  }

  async #register(installation: InstallationSummary): Promise<RegisterResult> {
    const changeId = await this.#takeTurn(installation);
    const plan = await this.#preflight(installation, changeId);
    const { job } = plan;
    this.#outcome.plan(plan);
    this.#progress.warn(...plan.warnings);
    if (plan.unchanged) return this.#confirmUnchanged(installation, job);

    if (job.land === 'last') registerTurn(this.#saga, installation, this.#client);
    for (const compensation of compensationsOf(installation, job, () => this.#made)) this.#saga.register(compensation);
    // A dead run may have been in any step; a branch may be there from the first push on.
    this.#saga.begin('cleanUp', ...(job.continued ? STEPS : []));
    await this.#generateAndStore(installation, job);
    if (job.land === 'first') await this.#land(installation, job);
    await this.#deployAndVerify(installation, job);
    if (job.land === 'last') await this.#landOrRebase(installation, job);
    this.#outcome.commitPoint();
    return this.#finish(installation, this.#outcome.job ?? job);
  }

  async #takeTurn(installation: InstallationSummary): Promise<string> {
    const changeId = uuid4();
    if (installation.land === 'first') return changeId;
    registerTurn(this.#saga, installation, this.#client, changeId);
    const at = installation.applications.join(', ');
    const turn = await this.#step('acquireTurn', () =>
      this.#notices.whileWaiting(installation, turnNotice(this.#client, installation), () =>
        this.#untilRechecked(installation.timings.turnMs, (remainingMs) =>
          proxyActivities<Activities>(look(installation.timings, remainingMs)).acquireTurn.executeWithOptions(
            { ...look(installation.timings, remainingMs), summary: `turn at ${at}` },
            [{ client: this.#client, changeId, digest: installation.digest }],
          ),
        ),
      ),
    );
    return turn.changeId;
  }

  /** Races the polling activity with the `recheck` signal, which makes it look at once. */
  async #untilRechecked<T>(limitMs: number, ask: (remainingMs: number) => Promise<T>): Promise<T> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      this.#rechecked = false;
      const scope = new CancellationScope();
      const answer = scope.run(() => ask(Math.max(deadline - Date.now(), 1_000)));
      const first = await Promise.race([
        answer.then(() => 'answered'),
        condition(() => this.#rechecked).then(() => 'recheck'),
      ]);
      if (first === 'answered') return answer;
      scope.cancel();
      // An answer that came together with the signal counts; a look that was cut short is repeated.
      const ended = await answer.then(
        (value) => ({ value }),
        (error: unknown) => {
          if (!isCancellation(error)) throw error;
          return undefined;
        },
      );
      if (ended !== undefined) return ended.value;
    }
  }

  async #preflight(installation: InstallationSummary, changeId: string) {
    const options = wait(installation.timings);
    const plan = await this.#step('preflight', () =>
      proxyActivities<Activities>(options).preflight.executeWithOptions(
        { ...options, summary: `${this.#client}: read everything, change nothing` },
        [{ input: this.#input, client: this.#client, changeId, digest: installation.digest }],
      ),
    );
    return plan;
  }

  async #generateAndStore(installation: InstallationSummary, job: Job): Promise<void> {
    const activities = proxyActivities<Activities>(vaultWrite(installation.timings));
    const options = (summary: string) => ({ ...vaultWrite(installation.timings), summary });
    const { fieldId } = await this.#step('generateSecret', () =>
      activities.generateSecret.executeWithOptions(options(`${job.names.vaultField}: make the value, pending`), [job]),
    );
    if (fieldId !== undefined) this.#made = { fieldId };
    await this.#step('storeSecret', () =>
      activities.storeSecret.executeWithOptions(options(`${job.names.vaultField}: put it into service`), [
        job,
        this.#made,
      ]),
    );
  }

  async #deployAndVerify(installation: InstallationSummary, job: Job): Promise<void> {
    const activities = proxyActivities<Activities>(wait(installation.timings));
    const options = (summary: string) => ({ ...wait(installation.timings), summary });
    const { names } = job;
    await this.#step('patchExternalSecret', async () => {
      await this.#awaitOthers(installation, job, 'patchExternalSecret', `the ExternalSecret with ${names.secretKey}`);
      return activities.patchExternalSecret.executeWithOptions(
        options(`${names.secretKey} → Secret → ${names.envVar}`),
        [job],
      );
    });
    const synced = await this.#step('syncBlueprint', async () => {
      await this.#awaitOthers(
        installation,
        job,
        'syncBlueprint',
        `the blueprint ${names.blueprintKey} and its variable`,
      );
      return activities.syncBlueprint.executeWithOptions(options(`${names.blueprintKey} → ${names.blueprintPath}`), [
        job,
      ]);
    });
    await this.#step('pollBlueprintStatus', () =>
      activities.pollBlueprintStatus.executeWithOptions(options(`${names.blueprintPath}: until it is successful`), [
        job,
        synced.asked,
      ]),
    );
    await this.#step('renderAnsibleFiles', () =>
      activities.renderAnsibleFiles.executeWithOptions(options('credentials template, role, playbook'), [job]),
    );
    const verified = await this.#step('verifyRegistration', () =>
      activities.verifyRegistration.executeWithOptions(options(`${names.slug}: the verification points`), [job]),
    );
    this.#outcome.checks(verified.checks);
  }

  /** `deployBy: external`: hours may go by until somebody deploys what has landed. */
  async #awaitOthers(installation: InstallationSummary, job: Job, step: DeployStep, what: string): Promise<void> {
    const { deployBy, timings } = installation;
    if (deployBy !== 'external') return;
    this.#progress.set(step, 'running', `waits until somebody deploys ${what}`);
    const waiting = this.#notices.whileWaiting(installation, deployNotice(this.#client, what), () =>
      this.#untilRechecked(timings.deployMs, (remainingMs) => {
        const options = look(timings, remainingMs, timings.deployPollMs);
        return proxyActivities<Activities>(options).awaitDeployed.executeWithOptions(
          { ...options, summary: `until somebody deploys ${what}` },
          [job, step],
        );
      }),
    );
    await waiting.catch((error: unknown) => {
      // A look that was under way at the deadline has said nothing.
      if (isCancellation(error) || describeFailure(error).type !== 'Timeout') throw error;
      throw notDeployed(what);
    });
  }

  /** `land: first`: the one change goes to the target branch before anything is deployed. */
  async #land(installation: InstallationSummary, job: Job): Promise<void> {
    // What lands may deploy itself and make its objects in Authentik before the push has even answered.
    this.#saga.begin('patchExternalSecret', 'syncBlueprint');
    const landed = await this.#step('landChange', () => this.#landOnce(installation, job));
    if (landed.state === 'landed') this.#outcome.landed(landed.commit);
  }

  /** `land: last`: where what we deployed from has moved, the branch is on a new base: deploy and verify again first. */
  async #landOrRebase(installation: InstallationSummary, job: Job): Promise<void> {
    let current = job;
    for (let rebases = 0; ; rebases += 1) {
      const landed = await this.#step('landChange', () =>
        this.#landOnce(installation, current, rebases >= MAX_REBASES),
      );
      if (landed.state === 'landed') {
        this.#outcome.landed(landed.commit);
        return;
      }
      current = {
        ...current,
        base: landed.base,
        edits: landed.edits,
        formerBases: [...(current.formerBases ?? []), current.base],
      };
      this.#outcome.job = current;
      for (const compensation of compensationsOf(installation, current, () => this.#made))
        this.#saga.register(compensation);
      await this.#deployAndVerify(installation, current);
    }
  }

  /** Not cancellable: a push that a cancel cut short would leave nobody knowing whether it landed. */
  async #landOnce(installation: InstallationSummary, job: Job, lastTry = false) {
    const options = request(installation.timings);
    return CancellationScope.nonCancellable(() =>
      proxyActivities<Activities>(options).landChange.executeWithOptions(
        { ...options, summary: `${job.branch} → target branch` },
        [job, { lastTry }],
      ),
    );
  }

  /** Everything was as asked: prove it, tidy up, change nothing. */
  async #confirmUnchanged(installation: InstallationSummary, job: Job): Promise<RegisterResult> {
    for (const name of stepsInOrder(job.land)) {
      if (!['acquireTurn', 'preflight', 'verifyRegistration', 'cleanUp'].includes(name)) {
        this.#progress.set(name, 'skipped', 'already as asked');
      }
    }
    const options = wait(installation.timings);
    const verified = await this.#step('verifyRegistration', () =>
      proxyActivities<Activities>(options).verifyRegistration.executeWithOptions(
        { ...options, summary: `${job.names.slug}: the verification points` },
        [job],
      ),
    );
    this.#outcome.checks(verified.checks);
    return this.#finish(installation, job);
  }

  /** Past the commit point nothing is taken back: a clean-up that fails is a warning. */
  async #finish(installation: InstallationSummary, job: Job): Promise<RegisterResult> {
    const options = request(installation.timings);
    await CancellationScope.nonCancellable(async () => {
      try {
        await this.#step('cleanUp', () =>
          proxyActivities<Activities>(options).cleanUp.executeWithOptions(
            { ...options, summary: `${job.branch}: delete, release the turn` },
            [job],
          ),
        );
      } catch (error) {
        this.#outcome.cleanUpFailed(error, job, this.#progress);
      }
    });
    this.#progress.phase('finished');
    return this.#outcome.result(job, this.#progress.warnings);
  }

  async #step<R>(name: StepName, run: () => Promise<R>): Promise<R> {
    this.#progress.set(name, 'running');
    this.#saga.begin(name);
    try {
      const result = await run();
      const report = result as StepReport;
      this.#outcome.add(report);
      this.#progress.warn(...(report.warnings ?? []));
      this.#progress.set(name, 'done', report.note);
      if (name !== 'landChange') throwIfCancelled();
      return result;
    } catch (error) {
      if (isCancellation(error)) this.#progress.set(name, 'failed', 'cancelled');
      else this.#progress.set(name, 'failed');
      throw error;
    }
  }
}

function notDeployed(what: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'NotYet',
    nonRetryable: true,
    message: `gave up waiting: nobody has deployed ${what}`,
    details: [
      { remedy: 'See that whoever deploys the target branch does so, or raise timings.deployMs; then start again.' },
    ],
  });
}

/**
 * An activity that ends well after a cancel was asked for hides it, and the steps that follow may be ones that no cancel
 * reaches. Landing itself is the exception: what has landed goes forward.
 */
function throwIfCancelled(): void {
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the run was cancelled');
}
