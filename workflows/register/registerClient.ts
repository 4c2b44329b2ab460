import { CancellationScope } from '@temporalio/workflow';
import { fieldsOf, secretKeysOf, sourcesOf } from '../../core/names/delivered.ts';
import { confirmationsOf, extraStepsOf, leftOutOf } from '../../core/run/extraSteps.ts';
import type { Job } from '../../core/run/job.ts';
import type { MadeField, RegisterResult, StepReport, UndoReport } from '../../core/run/reports.ts';
import type { RegisterInput } from '../../core/run/requests.ts';
import { CONFIRM_STEP, DELIVER_STEP, RENEW_STEP, stepsInOrder } from '../../core/run/steps.ts';
import { request, vaultWrite, wait } from '../kit/activityOptions.ts';
import { underCanonicalId } from '../kit/canonical.ts';
import type { RunKind } from '../kit/clientRun.ts';
import { deployStep } from '../kit/deployStep.ts';
import { describeFailure } from '../kit/failures.ts';
import { LANDS, type LandingRun } from '../kit/landsWhen.ts';
import { tellSecret } from '../kit/metrics.ts';
import { hasPatch } from '../kit/patches.ts';
import { People } from '../kit/people.ts';
import type { Compensation } from '../kit/saga.ts';
import { Story } from '../kit/story.ts';
import { askBeforeTurn, keepTurn, takeTurn } from '../kit/takeTurn.ts';
import { compensationsOf } from './compensations.ts';
import { isHalfRotated, pastHalfRotation, takenBackResult } from './halfRotated.ts';

/**
 * Registers one OIDC client across vault, GitOps repository, clusters, Authentik and Ansible files, or takes everything back.
 *
 * - Started as `oidc-client/<client>`; under another id it runs itself as a child under that one.
 * - Input: the client's name, with `repair` or `takeBack`, or a whole registration.
 * - Result: what was created, changed or right already, the commit, the checks, and what people still have to do.
 * - Query `progress`, signal `recheck`, updates `stopUndo` and, where a consumer says `apply: confirm`, `confirm`.
 * - Fails with its cause, what was undone and what remains; ends as cancelled where a cancel left nothing behind.
 */
export async function registerClient(input: RegisterInput): Promise<RegisterResult> {
  return underCanonicalId(KIND, input, async (client) =>
    pastHalfRotation(client, input, () => new RegisterRun(client, KIND, input)),
  );
}

const KIND: RunKind = {
  type: 'registerClient',
  phase: 'registering',
  deed: 'registered',
  halfDone: 'change',
  instead: 'register it',
  plannedBy: 'preflight',
  steps: (land, job) => stepsInOrder(land, job === undefined ? [] : extraStepsOf(job)),
};

class RegisterRun extends Story<RegisterInput, RegisterResult> implements LandingRun {
  readonly deploying = ['patchExternalSecret', 'syncBlueprint', DELIVER_STEP];
  #made: MadeField = {};
  #people: People | undefined;

  protected async story(): Promise<RegisterResult> {
    await askBeforeTurn(this, this.input);
    const changeId = await takeTurn(this);
    const read = `${this.client}: read everything, change nothing`;
    const plan = await this.perform('preflight', wait, read, this.asked(changeId));
    const { job } = plan;
    this.planned(plan);
    if (confirmationsOf(job).length > 0) this.#people = new People(this);
    if (plan.unchanged && !this.asksToTakeBack) return this.#confirmUnchanged(job);

    keepTurn(this);
    this.cover(job);
    this.takeBackIfAsked(job);
    if (extraStepsOf(job).includes(RENEW_STEP))
      await this.perform(RENEW_STEP, wait, 'no pod holds an older secret', job);
    if (!leftOutOf(job).includes('generateSecret')) await this.#makeSecret(job);
    await LANDS[job.land].around(this, job);
    this.outcome.committed = true;
    return this.finish(this.outcome.job ?? job);
  }

  async #makeSecret(job: Job): Promise<void> {
    const field = fieldsOf(job.names);
    const made = await this.perform('generateSecret', vaultWrite, `${field}: make the value, pending`, job);
    if (made.fieldId !== undefined) this.#made = { fieldId: made.fieldId };
    await this.perform('storeSecret', vaultWrite, `${field}: put it into service`, job, this.#made);
  }

  async deploy(job: Job): Promise<void> {
    const { blueprintKey, blueprintPath, slug } = job.names;
    const secretKey = secretKeysOf(job.names);
    const hasSecret = !leftOutOf(job).includes('patchExternalSecret');
    if (hasSecret) {
      await deployStep(this, 'patchExternalSecret', job, {
        what: `the ExternalSecret with ${secretKey}`,
        summary: `${secretKey} → Secret → ${sourcesOf(job.names)}`,
      });
    }
    const { asked } = await deployStep(this, 'syncBlueprint', job, {
      what: `the blueprint ${blueprintKey}${hasSecret ? ' and its variable' : ''}`,
      summary: `${blueprintKey} → ${blueprintPath}`,
    });
    await this.perform('pollBlueprintStatus', wait, `${blueprintPath}: until it is successful`, job, asked);
    await this.perform('renderAnsibleFiles', wait, 'credentials template, role, playbook', job);
    const extra = extraStepsOf(job);
    if (extra.includes(DELIVER_STEP)) {
      await deployStep(this, DELIVER_STEP, job, {
        what: 'the ExternalSecrets of consumers',
        summary: `${secretKey} → consumers`,
      });
    }
    if (extra.includes(CONFIRM_STEP)) await this.step(CONFIRM_STEP, () => this.#confirm(job));
    await this.perform('verifyRegistration', wait, `${slug}: the verification points`, job);
  }

  /** A person runs the playbooks that ask for it. What is deployed again after a rebase is nothing new to a host. */
  async #confirm(job: Job): Promise<StepReport> {
    const done = this.#people?.offered.map(({ index }) => index) ?? [];
    const targets = confirmationsOf(job);
    for (const target of targets.filter(({ index }) => !done.includes(index))) {
      if ((this.#people?.offered.length ?? 0) > 0) await this.#lookAgain(job);
      await this.#people?.confirm(target, CONFIRM_STEP);
    }
    const names = targets.map(({ name }) => name);
    return { changed: names, note: `${names.join(', ')}: a person has run it` };
  }

  /**
   * What is deployed ahead of the target branch may be gone by the time that one person has answered, which takes days. Who is asked
   * next does nothing then that is taken back after it. Before the first question the step of the files has just looked.
   */
  async #lookAgain(job: Job): Promise<void> {
    if (!LANDS[job.land].takesTurn || !hasPatch(this.installation, 'looks-before-each-person')) return;
    this.progress.set(CONFIRM_STEP, 'running', 'looks whether what was deployed is still live');
    await this.ask('renderAnsibleFiles', wait, 'what was deployed is still live', job);
  }

  /** Everything was as asked: prove it, tidy up, change nothing. */
  async #confirmUnchanged(job: Job): Promise<RegisterResult> {
    this.progress.skip('already as asked', 'verifyRegistration', 'cleanUp');
    await this.perform('verifyRegistration', wait, `${job.names.slug}: the verification points`, job);
    return this.finish(job);
  }

  async finish(job: Job): Promise<RegisterResult> {
    await CancellationScope.nonCancellable(async () => {
      const failed = await this.goForward('cleanUp', () =>
        this.ask('cleanUp', request, `${job.branch}: delete, release the turn`, job),
      );
      if (failed !== undefined) {
        this.progress.warn(`cleanUp failed, the registration stands: ${failed}`);
        this.outcome.untidied.push(`branch ${job.branch} or the turn, until the next run of ${job.client} tidies up`);
      }
      await this.#reconcileSchedule(job);
    });
    this.progress.phase('finished');
    if (this.#made.fieldId !== undefined) tellSecret(job.client, Date.now());
    const { commit, created, changed, alreadyRight, untidied, remaining, checks, unchanged } = this.outcome;
    return {
      client: job.client,
      changeId: job.changeId,
      outcome: unchanged ? 'unchanged' : job.repair === undefined ? 'registered' : 'repaired',
      commit,
      created,
      changed,
      alreadyRight,
      kept: untidied,
      warnings: [...this.progress.warnings],
      remaining,
      checks,
    };
  }

  /** The Schedule that `spec.rotation` asks for. The registration stands without it, so a failure is a warning. */
  async #reconcileSchedule(job: Job): Promise<void> {
    // Histories of versions that knew no policy have no such activity.
    if (job.unscheduled === true || !hasPatch(this.installation, 'rotation-policy')) return;
    try {
      const warnings = await this.ask(
        'reconcileSchedule',
        request,
        `${job.client}: the schedule of its rotations`,
        job,
      );
      this.progress.warn(...warnings);
    } catch (error) {
      const { message, remedy } = describeFailure(error);
      this.progress.warn(`the schedule of rotations is not as spec.rotation asks: ${message} ${remedy}`);
    }
  }

  takenBack({ client, changeId }: Job, { undone }: UndoReport): RegisterResult {
    return takenBackResult({ client, changeId, changed: undone, kept: [], warnings: [...this.progress.warnings] });
  }

  compensations(job: Job): readonly Compensation[] {
    return compensationsOf(this, job, { made: () => this.#made, offered: () => this.#people?.offered ?? [] });
  }

  protected override async end(error: unknown): Promise<RegisterResult> {
    if (isHalfRotated(error)) throw error;
    return super.end(error);
  }
}
