import {
  ApplicationFailure,
  CancellationScope,
  patched,
  proxyActivities,
  proxyLocalActivities,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/createActivities.ts';
import { confirmationsOf, extraStepsOf } from '../../core/run/extraSteps.ts';
import { type InstallationSummary, type RegisterInput, canonicalWorkflowId } from '../../core/run/requests.ts';
import { CONFIRM_STEP, DELIVER_STEP, stepsInOrder } from '../../core/run/steps.ts';
import type { Job } from '../../core/run/job.ts';
import type { MadeField, RegisterResult, StepReport } from '../../core/run/reports.ts';
import type { RotateResult } from '../../core/run/rotation.ts';
import { request, vaultWrite, wait } from '../kit/activityOptions.ts';
import { askBeforeTurn } from '../kit/askBeforeTurn.ts';
import { awaitExternalDeploy } from '../kit/awaitExternalDeploy.ts';
import { clientOf, runUnderCanonicalId } from '../kit/canonical.ts';
import { ClientRun } from '../kit/clientRun.ts';
import { orTell } from '../kit/earlyEnd.ts';
import { compensationsOf } from './compensations.ts';
import { registerTurn } from '../kit/takeTurn.ts';
import { takeBack, undoAndFail } from '../kit/endings.ts';
import { describeFailure } from '../kit/failures.ts';
import { Lander } from '../kit/landing.ts';
import { Outcome } from './outcome.ts';
import { People } from '../kit/people.ts';
import { RotateRun } from '../rotate/rotateSecret.ts';
import { takeTurn } from '../kit/takeTurn.ts';

const local = proxyLocalActivities<Activities>({ startToCloseTimeout: '30 seconds', retry: { maximumAttempts: 5 } });

/**
 * Registers one OIDC client across vault, GitOps repository, clusters, Authentik and Ansible files, or takes everything
 * back. Start it as `oidc-client/<client>`; under another id it runs itself as a child under that one.
 */
export async function registerClient(input: RegisterInput): Promise<RegisterResult> {
  const client = await orTell('registered', () => clientOf(input));
  if (workflowInfo().workflowId !== canonicalWorkflowId(client)) {
    return orTell('registered', () => runUnderCanonicalId<RegisterResult>('registerClient', client, input), client);
  }
  try {
    return await new RegisterRun(client, input).run();
  } catch (error) {
    if (!isHalfRotated(error)) throw error;
    const rotation = await new RotateRun(client, input, { takeBack: true }).run();
    return asksToTakeBack(input) ? rotationTakenBack(rotation) : afterRotation(client, input, rotation);
  }
}

function asksToTakeBack(input: RegisterInput): boolean {
  return 'takeBack' in input && (input.takeBack ?? false);
}

/** What was half done, and taken back as asked, was a rotation. */
function rotationTakenBack({ client, changeId, changed, kept, warnings }: RotateResult): RegisterResult {
  const nothing = { commit: undefined, created: [], alreadyRight: [], remaining: [], checks: [] };
  return { client, changeId, outcome: 'takenBack', changed, kept, warnings, ...nothing };
}

/** The registration, which however it ends tells that a rotation was taken back before. */
async function afterRotation(client: string, input: RegisterInput, rotation: RotateResult): Promise<RegisterResult> {
  const told = `a rotation of ${client} that ended half-way was taken back first: ${rotation.changed.join(', ') || 'nothing of it was left'}`;
  try {
    const result = await new RegisterRun(client, input).run();
    return {
      ...result,
      outcome: result.outcome === 'unchanged' && rotation.changed.length > 0 ? 'registered' : result.outcome,
      changed: [...rotation.changed, ...result.changed],
      kept: [...rotation.kept, ...result.kept],
      warnings: [told, ...rotation.warnings, ...result.warnings],
    };
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    const { type, nonRetryable, details } = error;
    const known = { ...(typeof type === 'string' ? { type } : {}), ...(details ? { details: [...details] } : {}) };
    throw ApplicationFailure.create({
      ...known,
      nonRetryable: nonRetryable ?? true,
      message: `${error.message} Before that, ${told}.`,
    });
  }
}

/** Found by preflight, so that nothing has been done yet; the turn stays ours. */
function isHalfRotated(error: unknown): boolean {
  return describeFailure(error).type === 'HalfRotated';
}

/** One run: the story in {@link RegisterRun.run}, each step beside its compensation. */
class RegisterRun {
  readonly #run: ClientRun;
  readonly #input: RegisterInput;
  readonly #outcome = new Outcome();
  #made: MadeField = {};
  #people: People | undefined;

  constructor(client: string, input: RegisterInput) {
    this.#input = input;
    this.#run = new ClientRun(client, stepsInOrder('last'), (report) => this.#outcome.add(report));
  }

  async run(): Promise<RegisterResult> {
    const installation = await orTell('registered', () => local.describeInstallation());
    this.#run.begin(installation);
    if (installation.searchable) upsertSearchAttributes({ OidcClient: [this.#run.client] });
    this.#run.progress.warn(...(installation.warnings ?? []));
    this.#run.progress.plan(stepsInOrder(installation.land));
    try {
      return await this.#register(installation);
    } catch (error) {
      if (isHalfRotated(error)) throw error;
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
        deed: 'registered',
      });
    }
  }

  async #register(installation: InstallationSummary): Promise<RegisterResult> {
    await askBeforeTurn(this.#run, installation, this.#input);
    const changeId = await takeTurn(this.#run, installation);
    const plan = await this.#preflight(installation, changeId);
    const { job } = plan;
    this.#outcome.plan(plan);
    this.#run.progress.warn(...plan.warnings);
    const extra = extraStepsOf(job);
    if (extra.length > 0) this.#run.progress.plan(stepsInOrder(job.land, extra));
    if (confirmationsOf(job).length > 0) this.#people ??= new People(this.#run);
    if (plan.unchanged && !this.#asksToTakeBack) return this.#confirmUnchanged(installation, job);

    if (job.land === 'last') registerTurn(this.#run.saga, installation, this.#run.client);
    this.#registerCompensations(installation, job);
    // A dead run may have been in any step; a branch may be there from the first push on.
    this.#run.saga.begin('cleanUp', ...(job.continued ? stepsInOrder('last', extra) : []));
    if (this.#asksToTakeBack) takeBack(job, { what: 'change', instead: 'register it' });
    await this.#generateAndStore(installation, job);
    const landing = new Lander(this.#run, installation);
    if (job.land === 'first') await this.#land(landing, job);
    const rest = (): Promise<void> => this.#deployAndVerify(installation, job);
    await (landing.mergedAnyway ? CancellationScope.nonCancellable(rest) : rest());
    if (job.land === 'last') {
      await landing.landOrRebase(job, this.#outcome, async (rebased) => {
        this.#registerCompensations(installation, rebased);
        await this.#deployAndVerify(installation, rebased);
      });
    }
    this.#outcome.commitPoint();
    return this.#finish(installation, this.#outcome.job ?? job);
  }

  #registerCompensations(installation: InstallationSummary, job: Job): void {
    const all = compensationsOf(
      installation,
      job,
      () => this.#made,
      () => this.#people?.offered ?? [],
    );
    for (const each of all) this.#run.saga.register(each);
  }

  get #asksToTakeBack(): boolean {
    return asksToTakeBack(this.#input);
  }

  async #preflight(installation: InstallationSummary, changeId: string) {
    const options = wait(installation.timings);
    const plan = await this.#run.step('preflight', () =>
      proxyActivities<Activities>(options).preflight.executeWithOptions(
        { ...options, summary: `${this.#run.client}: read everything, change nothing` },
        [{ input: this.#input, client: this.#run.client, changeId, digest: installation.digest }],
      ),
    );
    return plan;
  }

  async #generateAndStore(installation: InstallationSummary, job: Job): Promise<void> {
    const activities = proxyActivities<Activities>(vaultWrite(installation.timings));
    const options = (summary: string) => ({ ...vaultWrite(installation.timings), summary });
    const { fieldId } = await this.#run.step('generateSecret', () =>
      activities.generateSecret.executeWithOptions(options(`${job.names.vaultField}: make the value, pending`), [job]),
    );
    if (fieldId !== undefined) this.#made = { fieldId };
    await this.#run.step('storeSecret', () =>
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
    await this.#run.step('patchExternalSecret', async () => {
      const what = `the ExternalSecret with ${names.secretKey}`;
      await awaitExternalDeploy(this.#run, installation, { job, step: 'patchExternalSecret', what });
      return activities.patchExternalSecret.executeWithOptions(
        options(`${names.secretKey} → Secret → ${names.secretFile ?? names.envVar}`),
        [job],
      );
    });
    const synced = await this.#run.step('syncBlueprint', async () => {
      const what = `the blueprint ${names.blueprintKey} and its variable`;
      await awaitExternalDeploy(this.#run, installation, { job, step: 'syncBlueprint', what });
      return activities.syncBlueprint.executeWithOptions(options(`${names.blueprintKey} → ${names.blueprintPath}`), [
        job,
      ]);
    });
    await this.#run.step('pollBlueprintStatus', () =>
      activities.pollBlueprintStatus.executeWithOptions(options(`${names.blueprintPath}: until it is successful`), [
        job,
        synced.asked,
      ]),
    );
    await this.#run.step('renderAnsibleFiles', () =>
      activities.renderAnsibleFiles.executeWithOptions(options('credentials template, role, playbook'), [job]),
    );
    const extra = extraStepsOf(job);
    if (extra.includes(DELIVER_STEP)) {
      await this.#run.step(DELIVER_STEP, async () => {
        await awaitExternalDeploy(this.#run, installation, {
          job,
          step: DELIVER_STEP,
          what: 'the ExternalSecrets of consumers',
        });
        return activities.deliverToConsumers.executeWithOptions(options(`${names.secretKey} → consumers`), [job]);
      });
    }
    if (extra.includes(CONFIRM_STEP)) await this.#run.step(CONFIRM_STEP, () => this.#confirm(installation, job));
    const verified = await this.#run.step('verifyRegistration', () =>
      activities.verifyRegistration.executeWithOptions(options(`${names.slug}: the verification points`), [job]),
    );
    this.#outcome.checks(verified.checks);
  }

  /** A person runs the playbooks that ask for it. What is deployed again after a rebase is nothing new to a host. */
  async #confirm(installation: InstallationSummary, job: Job): Promise<StepReport> {
    const done = this.#people?.offered.map(({ index }) => index) ?? [];
    const targets = confirmationsOf(job).filter(({ index }) => !done.includes(index));
    for (const target of targets) await this.#people?.confirm(installation, target, CONFIRM_STEP);
    const names = confirmationsOf(job).map(({ name }) => name);
    return { changed: names, note: `${names.join(', ')}: a person has run it` };
  }

  /** `land: first`: the one change goes to the target branch before anything is deployed. */
  async #land(landing: Lander, job: Job): Promise<void> {
    // What lands may deploy itself and make its objects in Authentik before the push has even answered.
    this.#run.saga.begin('patchExternalSecret', 'syncBlueprint', DELIVER_STEP);
    await landing.landFirst(job, this.#outcome);
  }

  /** Everything was as asked: prove it, tidy up, change nothing. */
  async #confirmUnchanged(installation: InstallationSummary, job: Job): Promise<RegisterResult> {
    for (const name of stepsInOrder(job.land, extraStepsOf(job))) {
      if (!['acquireTurn', 'preflight', 'verifyRegistration', 'cleanUp'].includes(name)) {
        this.#run.progress.set(name, 'skipped', 'already as asked');
      }
    }
    const options = wait(installation.timings);
    const verified = await this.#run.step('verifyRegistration', () =>
      proxyActivities<Activities>(options).verifyRegistration.executeWithOptions(
        { ...options, summary: `${job.names.slug}: the verification points` },
        [job],
      ),
    );
    this.#outcome.checks(verified.checks);
    return this.#finish(installation, job);
  }

  /** The Schedule that `spec.rotation` asks for. The registration stands without it, so a failure is a warning. */
  async #reconcileSchedule(installation: InstallationSummary, job: Job): Promise<void> {
    // Histories of versions that knew no policy have no such activity.
    if (!patched('rotation-policy')) return;
    const options = request(installation.timings);
    const summary = `${job.client}: the schedule of its rotations`;
    try {
      const warnings = await proxyActivities<Activities>(options).reconcileSchedule.executeWithOptions(
        { ...options, summary },
        [job],
      );
      this.#run.progress.warn(...warnings);
    } catch (error) {
      const { message, remedy } = describeFailure(error);
      this.#run.progress.warn(`the schedule of rotations is not as spec.rotation asks: ${message} ${remedy}`);
    }
  }

  /** Past the commit point nothing is taken back: a clean-up that fails is a warning. */
  async #finish(installation: InstallationSummary, job: Job): Promise<RegisterResult> {
    const options = request(installation.timings);
    await CancellationScope.nonCancellable(async () => {
      try {
        await this.#run.step('cleanUp', () =>
          proxyActivities<Activities>(options).cleanUp.executeWithOptions(
            { ...options, summary: `${job.branch}: delete, release the turn` },
            [job],
          ),
        );
      } catch (error) {
        this.#outcome.cleanUpFailed(error, job, this.#run.progress);
      }
      await this.#reconcileSchedule(installation, job);
    });
    this.#run.progress.phase('finished');
    return this.#outcome.result(job, this.#run.progress.warnings);
  }
}
