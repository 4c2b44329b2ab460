import {
  CancellationScope,
  proxyActivities,
  proxyLocalActivities,
  upsertSearchAttributes,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/createActivities.ts';
import { scheduleId } from '../../core/registration/rotationPolicy.ts';
import {
  rotationSteps,
  type LoginWindow,
  type RotateInput,
  type RotateResult,
  type RotationConsumer,
  type RotationJob,
  type RotationRequest,
} from '../../core/run/rotation.ts';
import { type InstallationSummary, canonicalWorkflowId } from '../../core/run/requests.ts';
import type { Check, StepReport } from '../../core/run/reports.ts';
import { vaultWrite, wait } from '../kit/activityOptions.ts';
import { clientOf, runUnderCanonicalId } from '../kit/canonical.ts';
import { ClientRun } from '../kit/clientRun.ts';
import { orTell } from '../kit/earlyEnd.ts';
import { registerTurn } from '../kit/takeTurn.ts';
import { takeBack, undoPlainly } from '../kit/endings.ts';
import { describeFailure } from '../kit/failures.ts';
import { People } from '../kit/people.ts';
import { rotationCompensations } from './compensations.ts';
import { takeTurn } from '../kit/takeTurn.ts';

const local = proxyLocalActivities<Activities>({ startToCloseTimeout: '30 seconds', retry: { maximumAttempts: 5 } });

/**
 * Replaces the secret of one registered client everywhere, or restores the previous one everywhere. Start it as
 * `oidc-client/<client>`; under another id, as a Schedule's, it runs itself as a child under that one.
 */
export async function rotateSecret(input: RotateInput): Promise<RotateResult> {
  const client = await orTell('rotated', () => clientOf(input));
  if (workflowInfo().workflowId !== canonicalWorkflowId(client)) {
    return orTell('rotated', () => runUnderCanonicalId<RotateResult>('rotateSecret', client, input), client);
  }
  return new RotateRun(client, input).run();
}

/** Whether it is a Schedule that has started this run: it appends a time to the id of its workflows. */
function scheduled(): Pick<RotationRequest, 'scheduled'> {
  const { parent } = workflowInfo();
  return parent?.workflowId.startsWith(scheduleId('')) === true ? { scheduled: true } : {};
}

/** One run: the story in {@link RotateRun.run}. The passed test at the consumers is its commit point. */
export class RotateRun {
  readonly #run: ClientRun;
  readonly #people: People;
  readonly #input: RotateInput;
  /** A registration has met a dead rotation, which it wants out of its way. */
  readonly #forRegistration: boolean;
  readonly #asksToTakeBack: boolean;
  readonly #changed: string[] = [];
  readonly #kept: string[] = [];
  #checks: readonly Check[] = [];
  /** From when on, at the earliest, and until when, at the latest, new logins failed. */
  #failing = { from: 0, until: 0 };

  constructor(client: string, input: RotateInput, { takeBack = false } = {}) {
    this.#input = input;
    this.#forRegistration = takeBack;
    this.#asksToTakeBack = takeBack || ('takeBack' in input && (input.takeBack ?? false));
    const reported = (report: StepReport): void => {
      for (const line of report.changed ?? []) if (!this.#changed.includes(line)) this.#changed.push(line);
    };
    this.#run = new ClientRun(client, rotationSteps('last'), reported, 'rotating');
    this.#people = new People(this.#run);
  }

  async run(): Promise<RotateResult> {
    const installation = await orTell('rotated', () => local.describeInstallation());
    const { client, saga, progress, notices } = this.#run;
    this.#run.begin(installation);
    if (installation.searchable) upsertSearchAttributes({ OidcClient: [client] });
    progress.warn(...(installation.warnings ?? []));
    progress.plan(rotationSteps(installation.land));
    let job: RotationJob;
    try {
      job = await this.#begin(installation);
      await this.#rotate(installation, job);
    } catch (error) {
      const { undone } = await undoPlainly({ error, installation, client, saga, progress, notices, deed: 'rotated' });
      return this.#result({ changed: undone, outcome: 'takenBack', changeId: '' });
    }
    return this.#finish(installation, job);
  }

  /** Looks, asks people, takes the turn, and looks again where that took its time. */
  async #begin(installation: InstallationSummary): Promise<RotationJob> {
    const { saga, progress } = this.#run;
    const first = await this.#preflight(installation, uuid4());
    const people = first.job.targets.filter((target) => target.by === 'person');
    // Where the new value is in service already, waiting for people only prolongs what they wait for.
    const asks = people.length > 0 && first.job.stage !== 'set' && !this.#asksToTakeBack;
    if (asks) await this.#run.step('ready', () => this.#ready(installation, people, first.undeclared));
    else progress.set('ready', 'skipped', people.length > 0 ? 'the new secret is in service' : 'nobody is needed');
    const changeId = await takeTurn(this.#run, installation, { deploys: false });
    const plan = asks || installation.land === 'last' ? await this.#preflight(installation, changeId) : first;
    const { job } = plan;
    if (job.land === 'last') registerTurn(saga, installation, job.client);
    // A person may have been asked by the run that died.
    if (job.continued) this.#people.offer(...people);
    for (const each of rotationCompensations(installation, job, () => this.#people.offered)) saga.register(each);
    // A rotation that died may have been in any step.
    if (job.continued) saga.begin('create', 'set', 'distribute');
    // What the registration met may have been tidied up since: then there is nothing to undo but the turn.
    const halfDone = this.#forRegistration ? { ...job, continued: true } : job;
    if (this.#asksToTakeBack) takeBack(halfDone, { what: 'rotation', instead: 'rotate its secret' });
    return job;
  }

  async #preflight(installation: InstallationSummary, changeId: string) {
    const options = wait(installation.timings);
    const plan = await this.#run.step('preflight', () =>
      proxyActivities<Activities>(options).preflightRotation.executeWithOptions(
        { ...options, summary: `${this.#run.client}: read everything, change nothing` },
        [{ input: this.#input, client: this.#run.client, changeId, digest: installation.digest, ...scheduled() }],
      ),
    );
    this.#run.progress.warn(...plan.warnings);
    return plan;
  }

  async #ready(
    installation: InstallationSummary,
    people: readonly RotationConsumer[],
    undeclared?: readonly string[],
  ): Promise<StepReport> {
    await this.#people.ready(installation, people, undeclared);
    return { note: 'a person is ready' };
  }

  async #rotate(installation: InstallationSummary, job: RotationJob): Promise<void> {
    const { vaultField } = job.names;
    const vault = vaultWrite(installation.timings);
    const options = wait(installation.timings);
    const activities = proxyActivities<Activities>(options);
    if (job.stage === 'set') this.#run.progress.set('create', 'skipped', 'in service since an earlier run');
    else {
      await this.#run.step('create', () =>
        proxyActivities<Activities>(vault).createSecret.executeWithOptions(
          { ...vault, summary: `${vaultField}: make the new value, pending` },
          [job],
        ),
      );
    }
    await this.#run.step('set', () => this.#set(installation, job));
    const tested = await this.#run.step('test', () =>
      activities.testSecret.executeWithOptions(
        { ...options, summary: `${job.names.clientId}: new right, old refused` },
        [job],
      ),
    );
    this.#checks = tested.checks;
    this.#failing.until = Date.now();
    await this.#run.step('distribute', () => this.#distribute(installation, job));
    await this.#run.step('testConsumers', () => this.#testConsumers(installation, job));
  }

  async #set(installation: InstallationSummary, job: RotationJob): Promise<StepReport> {
    const options = wait(installation.timings);
    const activities = proxyActivities<Activities>(options);
    const summary = `${job.names.vaultField} → Secret → workers → ${job.names.blueprintPath}`;
    const set = await activities.setSecret.executeWithOptions({ ...options, summary }, [job]);
    this.#failing.from = set.askedAt;
    const until = `${job.names.blueprintPath}: until it is successful`;
    const polled = await activities.pollBlueprintStatus.executeWithOptions({ ...options, summary: until }, [
      job,
      set.asked,
    ]);
    this.#failing.from = polled.askedAt ?? set.askedAt;
    return {
      changed: set.changed ?? [],
      warnings: polled.warnings ?? [],
      note: `${job.names.vaultField} is new and applied`,
    };
  }

  /** What the job can do by itself comes first, so that only what needs a person waits for one. */
  async #distribute(installation: InstallationSummary, job: RotationJob): Promise<StepReport> {
    const options = wait(installation.timings);
    const changed: string[] = [];
    for (const target of job.targets.filter(({ by }) => by !== 'person')) {
      await proxyActivities<Activities>(options).applyAtConsumer.executeWithOptions(
        { ...options, summary: `${target.name}: the new secret` },
        [job, target],
      );
      this.#failing.until = Date.now();
      changed.push(target.name);
    }
    for (const target of job.targets.filter(({ by }) => by === 'person')) {
      await this.#people.confirm(installation, target);
      this.#failing.until = Date.now();
      changed.push(target.name);
    }
    return { changed, note: changed.length === 0 ? 'no consumer' : `${changed.join(', ')}: delivered` };
  }

  async #testConsumers(installation: InstallationSummary, job: RotationJob): Promise<StepReport> {
    const options = wait(installation.timings);
    const probed = job.targets.filter((target) => target.probed);
    for (const target of probed) {
      await proxyActivities<Activities>(options).probeConsumer.executeWithOptions(
        { ...options, summary: `${target.name}: works with the new secret` },
        [job, target],
      );
      this.#failing.until = Date.now();
    }
    const checks = probed.map(({ name }) => ({
      name: `${name} works with the new secret`,
      ok: true,
      detail: 'its probe',
    }));
    this.#checks = [...this.#checks, ...checks];
    return { note: probed.length === 0 ? 'no probe is configured' : `${probed.length} of ${probed.length} work` };
  }

  /** Past the commit point a rotation only goes forward: what cannot be tidied up is a warning. */
  async #finish(installation: InstallationSummary, job: RotationJob): Promise<RotateResult> {
    const { progress } = this.#run;
    const rotatedAt = new Date(Date.now()).toISOString();
    const options = vaultWrite(installation.timings);
    await CancellationScope.nonCancellable(async () => {
      try {
        await this.#run.step('finish', () =>
          proxyActivities<Activities>(options).finishRotation.executeWithOptions(
            { ...options, summary: `${job.names.vaultField}: drop the previous value` },
            [job, rotatedAt],
          ),
        );
      } catch (error) {
        const { message, remedy } = describeFailure(error);
        progress.warn(`finish failed, the new secret stands: ${message} ${remedy}`);
        this.#kept.push(`the previous value of ${job.names.vaultField} or the turn, until the next rotation tidies up`);
      }
    });
    progress.phase('finished');
    return this.#result({
      changed: this.#changed,
      outcome: 'rotated',
      changeId: job.changeId,
      rotatedAt,
      window: this.#window(job),
    });
  }

  #window(job: RotationJob): LoginWindow {
    const ms = Math.max(0, this.#failing.until - this.#failing.from);
    const end =
      job.targets.length === 0
        ? 'the test at Authentik, for no consumer is known'
        : 'the last consumer that was seen to have the new one';
    const meaning = `new logins failed for at most ${ms} ms: from the moment Authentik was asked to take the new secret to ${end}`;
    return { ms, meaning };
  }

  #result(
    ended: Pick<RotateResult, 'outcome' | 'changed' | 'changeId'> & { rotatedAt?: string; window?: LoginWindow },
  ): RotateResult {
    const { outcome, changed, changeId, rotatedAt, window } = ended;
    return {
      client: this.#run.client,
      changeId,
      outcome,
      rotatedAt,
      window,
      changed,
      kept: this.#kept,
      warnings: [...this.#run.progress.warnings],
      checks: outcome === 'rotated' ? this.#checks : [],
    };
  }
}
