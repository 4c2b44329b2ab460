import { CancellationScope, uuid4, workflowInfo } from '@temporalio/workflow';
import type { Job } from '../../core/run/job.ts';
import type { Check, StepReport, UndoReport } from '../../core/run/reports.ts';
import {
  rotationSteps,
  type RotateInput,
  type RotateResult,
  type RotationJob,
  type RotationPlan,
  type RotationRequest,
} from '../../core/run/rotation.ts';
import { vaultWrite, wait } from '../kit/activityOptions.ts';
import { underCanonicalId } from '../kit/canonical.ts';
import type { RunKind } from '../kit/clientRun.ts';
import { ids } from '../kit/ids.ts';
import { LANDS } from '../kit/landsWhen.ts';
import { tellSecret } from '../kit/metrics.ts';
import { hasPatch } from '../kit/patches.ts';
import { People } from '../kit/people.ts';
import type { Compensation } from '../kit/saga.ts';
import { Story } from '../kit/story.ts';
import { inheritTurn, keepTurn, takeTurn } from '../kit/takeTurn.ts';
import { rotationCompensations } from './compensations.ts';
import { FailingLogins } from './logins.ts';

/**
 * Replaces the secret of one registered client everywhere, or restores the previous one everywhere.
 *
 * - Started as `oidc-client/<client>`; under another id, as a Schedule's, it runs itself as a child under that one.
 * - Input: the client's name, with `takeBack`, or a whole registration.
 * - Result: where the secret is new, since when, how long new logins failed, and the checks.
 * - Query `progress`, signal `recheck`, updates `stopUndo`, `ready` and `confirm`.
 * - Fails with its cause, what was restored and what remains; ends as cancelled where a cancel left nothing changed.
 */
export async function rotateSecret(input: RotateInput): Promise<RotateResult> {
  return underCanonicalId(KIND, input, async (client) => new RotateRun(client, input).run());
}

const KIND: RunKind = {
  type: 'rotateSecret',
  phase: 'rotating',
  deed: 'rotated',
  halfDone: 'rotation',
  instead: 'rotate its secret',
  plannedBy: 'preflightRotation',
  steps: rotationSteps,
};

/** Whether it is a Schedule that has started this run: it appends a time to the id of its workflows. */
function scheduled(): Pick<RotationRequest, 'scheduled'> {
  const { parent } = workflowInfo();
  return parent?.workflowId.startsWith(ids().schedule('')) === true ? { scheduled: true } : {};
}

/** A run that rotates one client's secret. The passed test at the consumers is its point of no return. */
export class RotateRun extends Story<RotateInput, RotateResult, RotationJob> {
  readonly #people = new People(this);
  /** A registration has met a half-done rotation, which it wants out of its way. */
  readonly #forRegistration: boolean;
  readonly #logins = new FailingLogins();
  /** When the value in service was put there, as the vault says: maybe by a run that has not come to its end. */
  #since: string | undefined;

  constructor(client: string, input: RotateInput, { forRegistration = false } = {}) {
    super(client, KIND, input);
    this.#forRegistration = forRegistration;
  }

  override get asksToTakeBack(): boolean {
    return this.#forRegistration || super.asksToTakeBack;
  }

  /** Looks, asks people, takes the turn, and looks again where that took its time. */
  protected async story(): Promise<RotateResult> {
    // Histories of before left it to whoever came next.
    const inherits = this.#forRegistration && hasPatch(this.installation, 'inherited-turn-released');
    if (inherits) inheritTurn(this);
    const first = await this.#preflight(uuid4());
    const people = first.job.targets.filter(({ by }) => by === 'person');
    // Where the new value is in service already, waiting for people only prolongs what they wait for.
    const asks = people.length > 0 && first.job.stage !== 'set' && !this.asksToTakeBack;
    if (asks) await this.step('ready', () => this.#people.ready(people, first.undeclared));
    else this.progress.set('ready', 'skipped', people.length > 0 ? 'the new secret is in service' : 'nobody is needed');
    const changeId = await takeTurn(this, { deploys: false, inherits });
    const anew = asks || LANDS[this.installation.land].takesTurn;
    const { job } = anew ? await this.#preflight(changeId) : first;
    this.goesBy(job);

    keepTurn(this);
    // A person may have been asked by the run that was interrupted.
    if (job.continued) this.#people.offer(...people);
    this.cover(job);
    // What a registration met may have been tidied up since: then there is nothing to undo but the turn.
    this.takeBackIfAsked(this.#forRegistration ? { ...job, continued: true } : job);
    await this.#rotate(job);
    return this.finish(job);
  }

  #preflight(changeId: string): Promise<RotationPlan> {
    const read = `${this.client}: read everything, change nothing`;
    const asked = { ...this.asked(changeId), ...scheduled() };
    return this.step('preflight', () => this.ask('preflightRotation', wait, read, asked));
  }

  async #rotate(job: RotationJob): Promise<void> {
    const { clientId, vaultField } = job.names;
    if (job.stage === 'set') this.progress.set('create', 'skipped', 'in service since an earlier run');
    else {
      const summary = `${vaultField}: make the new value, pending`;
      await this.step('create', () => this.ask('createSecret', vaultWrite, summary, job));
    }
    await this.step('set', () => this.#set(job));
    await this.step('test', () => this.ask('testSecret', wait, `${clientId}: new right, old refused`, job));
    this.#logins.seen();
    await this.step('distribute', () => this.#distribute(job));
    await this.step('testConsumers', () => this.#testConsumers(job));
  }

  async #set(job: RotationJob): Promise<StepReport> {
    const { blueprintPath, vaultField } = job.names;
    const set = await this.ask('setSecret', wait, `${vaultField} → Secret → workers → ${blueprintPath}`, job);
    this.#since = set.since;
    this.#logins.begin(set.askedAt);
    const until = `${blueprintPath}: until it is successful`;
    const polled = await this.ask('pollBlueprintStatus', wait, until, job, set.asked);
    this.#logins.begin(polled.askedAt ?? set.askedAt);
    return { changed: set.changed ?? [], warnings: polled.warnings ?? [], note: `${vaultField} is new and applied` };
  }

  /** What the job can do by itself comes first, so that only what needs a person waits for one. */
  async #distribute(job: RotationJob): Promise<StepReport> {
    const byPerson = job.targets.filter(({ by }) => by === 'person');
    const changed: string[] = [];
    for (const target of job.targets.filter(({ by }) => by !== 'person')) {
      await this.ask('applyAtConsumer', wait, `${target.name}: the new secret`, job, target);
      this.#logins.seen();
      changed.push(target.name);
    }
    for (const target of byPerson) {
      await this.#people.confirm(target);
      this.#logins.seen();
      changed.push(target.name);
    }
    return { changed, note: changed.length === 0 ? 'no consumer' : `${changed.join(', ')}: delivered` };
  }

  async #testConsumers(job: RotationJob): Promise<StepReport & { readonly checks: readonly Check[] }> {
    const probed = job.targets.filter((target) => target.probed);
    for (const target of probed) {
      await this.ask('probeConsumer', wait, `${target.name}: works with the new secret`, job, target);
      this.#logins.seen();
    }
    const worked = probed.map(({ name }) => ({
      name: `${name} works with the new secret`,
      ok: true,
      detail: 'its probe',
    }));
    const note = probed.length === 0 ? 'no probe is configured' : `${probed.length} of ${probed.length} work`;
    return { checks: [...this.outcome.checks, ...worked], note };
  }

  /** Past the point of no return a rotation only goes forward: what cannot be tidied up is a warning. */
  async finish(job: RotationJob): Promise<RotateResult> {
    const { vaultField } = job.names;
    const rotatedAt = this.#since ?? new Date(Date.now()).toISOString();
    tellSecret(this.client, Date.parse(rotatedAt));
    const summary = `${vaultField}: drop the previous value`;
    const failed = await CancellationScope.nonCancellable(() =>
      this.goForward('finish', () => this.ask('finishRotation', vaultWrite, summary, job, rotatedAt)),
    );
    if (failed !== undefined) {
      this.progress.warn(`finish failed, the new secret stands: ${failed}`);
      this.outcome.untidied.push(`the previous value of ${vaultField} or the turn, until the next rotation tidies up`);
    }
    this.progress.phase('finished');
    const { changed, checks, untidied } = this.outcome;
    return {
      client: this.client,
      changeId: job.changeId,
      outcome: 'rotated',
      rotatedAt,
      window: this.#logins.window(job),
      changed,
      kept: untidied,
      warnings: [...this.progress.warnings],
      checks,
    };
  }

  takenBack(_job: Job, { undone }: UndoReport): RotateResult {
    const nothing = { rotatedAt: undefined, window: undefined, kept: [], checks: [] };
    const warnings = [...this.progress.warnings];
    return { client: this.client, changeId: '', outcome: 'takenBack', changed: undone, warnings, ...nothing };
  }

  compensations(job: RotationJob): readonly Compensation[] {
    return rotationCompensations(this, { job, offered: () => this.#people.offered });
  }
}
