import { type ApplicationFailure, CancellationScope } from '@temporalio/workflow';
import {
  deregisterStepsInOrder,
  TAKE_FROM_STEP,
  type DeregisterInput,
  type DeregisterResult,
  wayBack,
} from '../../core/run/deregistration.ts';
import { fieldsOf, secretKeysOf, sourcesOf } from '../../core/names/delivered.ts';
import { delivers, leftOutOf } from '../../core/run/extraSteps.ts';
import type { Job } from '../../core/run/job.ts';
import type { Leftover } from '../../core/run/reports.ts';
import { type Kind, request, vaultWrite, wait } from '../kit/activityOptions.ts';
import { deregistrationOf, underCanonicalId } from '../kit/canonical.ts';
import type { RunKind } from '../kit/clientRun.ts';
import { deployStep } from '../kit/deployStep.ts';
import { failure } from '../kit/failures.ts';
import { LANDS, type LandingRun } from '../kit/landsWhen.ts';
import { forgetClient } from '../kit/metrics.ts';
import type { Compensation } from '../kit/saga.ts';
import { hasPatch } from '../kit/patches.ts';
import { Story } from '../kit/story.ts';
import { keepTurn, takeTurn } from '../kit/takeTurn.ts';
import { removalCompensationsOf } from './compensations.ts';

/**
 * Takes one OIDC client out of GitOps repository, clusters, Authentik and vault, or puts everything back.
 *
 * - Started as `oidc-client/<client>`; under another id it runs itself as a child under that one.
 * - Input: the client's name or `registration`, with `purge`, `force`, `doneByHand` or `takeBack`; or a whole registration.
 * - Result: what was removed and what others use still, the commit, the checks, and what people still have to do.
 * - Query `progress`, signal `recheck`, update `stopUndo`.
 * - Fails with its cause, what was put back and what remains; ends as cancelled where a cancel left nothing changed. Past the point of
 *   no return it fails as `Incomplete`, and goes on when it is started again.
 */
export async function deregisterClient(input: DeregisterInput): Promise<DeregisterResult> {
  return underCanonicalId(
    KIND,
    input,
    async (client) => new DeregisterRun(client, KIND, input).run(),
    deregistrationOf,
  );
}

const KIND: RunKind = {
  type: 'deregisterClient',
  phase: 'deregistering',
  deed: 'deregistered',
  halfDone: 'deregistration',
  instead: 'deregister it',
  plannedBy: 'planRemoval',
  steps: (land, job) => deregisterStepsInOrder(land, job !== undefined && delivers(job)),
};

class DeregisterRun extends Story<DeregisterInput, DeregisterResult> implements LandingRun {
  readonly deploying = [TAKE_FROM_STEP, 'takeOutBlueprint', 'takeOutExternalSecret', 'removeApplication'];

  protected async story(): Promise<DeregisterResult> {
    const changeId = await takeTurn(this);
    const read = `${this.client}: read everything, change nothing`;
    const plan = await this.perform('planRemoval', wait, read, this.asked(changeId));
    const { job } = plan;
    this.planned(plan);
    if (plan.unchanged && !this.asksToTakeBack) return this.#nothingToDo(job);

    keepTurn(this);
    if (job.removal?.committed === true) return this.#goOn(job);
    this.cover(job);
    this.takeBackIfAsked(job);
    await LANDS[job.land].around(this, job);
    return this.finish(this.outcome.job ?? job);
  }

  /** Cluster, then Authentik, then the proof. The vault's secret stays, so that all of it can be put back. */
  async deploy(job: Job): Promise<void> {
    const { blueprintPath, slug } = job.names;
    const secretKey = secretKeysOf(job.names);
    if (delivers(job)) {
      const what = 'what takes the ExternalSecrets of consumers away';
      await deployStep(this, TAKE_FROM_STEP, job, { what, summary: `${secretKey}: away from consumers` });
    }
    // Authentik itself forgets an instance whose file is gone, and judges a file that comes back.
    this.saga.begin('removeApplication');
    await deployStep(this, 'takeOutBlueprint', job, {
      what: `what takes the blueprint ${blueprintPath} away`,
      summary: [blueprintPath, sourcesOf(job.names)].filter((each) => each !== '').join(', '),
    });
    if (!leftOutOf(job).includes('takeOutExternalSecret')) {
      await deployStep(this, 'takeOutExternalSecret', job, {
        what: `the ExternalSecret without ${secretKey}`,
        summary: secretKey,
      });
    }
    await this.perform('removeApplication', wait, `${slug}: application and provider`, job);
    await this.perform('verifyRemoval', wait, `${slug}: that it is gone`, job);
  }

  /** An interrupted run had passed the point of no return: nothing of it is put back, so no compensation is registered. */
  async #goOn(job: Job): Promise<DeregisterResult> {
    if (!this.asksToTakeBack) return this.finish(job);
    throw failure('Refused', `the deregistration of ${job.client} has passed its point of no return`, {
      system: 'oidc-registrar',
      remedy: 'Start without takeBack to finish it; registerClient makes the client anew.',
    });
  }

  async #nothingToDo(job: Job): Promise<DeregisterResult> {
    this.progress.skip('nothing of it is there', 'cleanUp');
    const tidyUp = () => this.#cleanUp(job);
    await (hasPatch(this.installation, 'tidies-up-though-cancelled')
      ? CancellationScope.nonCancellable(tidyUp)
      : tidyUp());
    return this.#result(job);
  }

  /**
   * The point of no return: groups and accounts, and the secret, are not made again. A step that fails does not keep the others
   * from being done; the next run does what is left.
   */
  async finish(job: Job): Promise<DeregisterResult> {
    this.outcome.committed = true;
    this.progress.phase('forwardOnly');
    CancellationScope.current().cancelRequested.catch(() => {
      this.progress.warn('The cancel came too late: the run had passed its point of no return.');
    });
    const unused = `${job.client}: groups and service accounts that nobody else uses`;
    const fields = fieldsOf(job.names);
    const retired =
      fields === ''
        ? `${job.client}: the schedule of its rotations, if any`
        : `${fields}: ${job.removal?.purge === true ? 'delete' : 'relabel'}`;
    const left = await CancellationScope.nonCancellable(async () => {
      const accounts = await this.#leftBy('removeAccounts', wait, unused, job);
      const secret = await this.#leftBy('retireSecret', vaultWrite, retired, job);
      await this.#cleanUp(job);
      return [...accounts, ...secret];
    });
    if (left.length > 0) throw incomplete(job, [...left, ...this.outcome.untidied.map(leftUntidy)]);
    return this.#result(job);
  }

  async #leftBy(
    step: 'removeAccounts' | 'retireSecret',
    kind: Kind,
    summary: string,
    job: Job,
  ): Promise<readonly Leftover[]> {
    const failed = await this.goForward(step, () => this.ask(step, kind, summary, job));
    const remedy = 'Mend it, then start deregisterClient again with the same input: it does what is left.';
    return failed === undefined ? [] : [{ what: step, why: `${step}: ${failed}`, remedy }];
  }

  async #cleanUp(job: Job): Promise<void> {
    const summary = `${job.branch}: delete, release the turn`;
    const failed = await this.goForward('cleanUp', () => this.ask('cleanUp', request, summary, job));
    if (failed === undefined) return;
    this.progress.warn(`cleanUp failed, the client is gone: ${failed}`);
    this.outcome.untidied.push(`branch ${job.branch} or the turn`);
  }

  #result({ client, changeId, removal }: Job): DeregisterResult {
    this.progress.phase('finished');
    forgetClient(client);
    const { commit, removed, remaining, checks } = this.outcome;
    const kept = [...this.outcome.kept, ...this.outcome.untidied.map(leftUntidy)];
    const anything = removed.length > 0;
    const file = removal?.file;
    return {
      client,
      changeId,
      outcome: anything ? 'deregistered' : 'unchanged',
      commit,
      removed,
      kept,
      warnings: [...this.progress.warnings],
      remaining: anything ? remaining : [],
      checks,
      ...(anything && file !== undefined ? { wayBack: wayBack(client, file) } : {}),
    };
  }

  takenBack({ client, changeId }: Job): DeregisterResult {
    const nothing = { removed: [], kept: [], remaining: [], checks: [] };
    const warnings = [...this.progress.warnings];
    return { client, changeId, outcome: 'takenBack', commit: undefined, ...nothing, warnings };
  }

  compensations(job: Job): readonly Compensation[] {
    return removalCompensationsOf(this, job);
  }
}

function leftUntidy(what: string): Leftover {
  return {
    what,
    why: `cleanUp failed, and ${what} may be left.`,
    remedy: 'Start deregisterClient again with the same input: it tidies up.',
  };
}

function incomplete({ client }: Job, kept: readonly Leftover[]): ApplicationFailure {
  const said = kept.map(({ why }) => why).join(' | ');
  return failure(
    'Incomplete',
    `${client} signs nobody in any more, but something of it is left: ${said} Start deregisterClient again: it does what is left.`,
    { remedy: 'Mend what is named, then start deregisterClient again.', undone: [], kept },
  );
}
