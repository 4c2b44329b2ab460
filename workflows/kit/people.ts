import { ApplicationFailure, condition, defineUpdate, setHandler } from '@temporalio/workflow';
import { nothingDone } from '../../core/base/noEffect.ts';
import type { RotationConsumer } from '../../core/run/rotation.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import type { ClientRun } from './clientRun.ts';
import { alsoRead, confirmNotice, readyNotice, updateCommand } from './notify.ts';

/** A person is at hand to update what only a person can; before anything changes. */
const readyUpdate = defineUpdate<string>('ready');
/** A person has updated the consumer that the run waits for. */
const confirmUpdate = defineUpdate<string>('confirm');

/** What a rotation asks of people: whether they are ready, and that they have done their part. */
export class People {
  readonly #run: ClientRun;
  #waitsFor: 'ready' | 'confirm' | undefined;
  readonly #offered = new Map<number, RotationConsumer>();

  constructor(run: ClientRun) {
    this.#run = run;
    setHandler(readyUpdate, () => this.#answer('ready', 'The rotation begins.'));
    setHandler(confirmUpdate, () => this.#answer('confirm', 'Thank you; the run goes on.'));
  }

  /** Consumers that a person was asked to update. */
  get offered(): readonly RotationConsumer[] {
    return [...this.#offered.values()];
  }

  offer(...targets: readonly RotationConsumer[]): void {
    for (const target of targets) this.#offered.set(target.index, target);
  }

  /** Waits until somebody says `ready`. Throws `NotYet` at the deadline, with nothing changed. */
  async ready(
    installation: InstallationSummary,
    targets: readonly RotationConsumer[],
    undeclared: readonly string[] = [],
  ): Promise<void> {
    const { client, notices, progress } = this.#run;
    const byHand = targets.map((target) => target.byHand);
    // A person may answer while the notice is still on its way.
    this.#waitsFor = 'ready';
    progress.set('ready', 'running', `waits for a person: ${updateCommand(client, 'ready')}${alsoRead(undeclared)}`);
    await notices.tell(installation, readyNotice(client, byHand, undeclared));
    await this.#until(
      'ready',
      installation.timings.readyMs,
      `nobody said that they are ready to do this: ${byHand.join(' and ')}`,
    );
  }

  /** Waits until somebody confirms that they have updated this consumer. Throws `NotYet` at the deadline. */
  async confirm(installation: InstallationSummary, target: RotationConsumer, step = 'distribute'): Promise<void> {
    const { client, notices, progress } = this.#run;
    this.offer(target);
    this.#waitsFor = 'confirm';
    progress.set(
      step,
      'running',
      `waits for a person to do this: ${target.byHand}, then ${updateCommand(client, 'confirm')}`,
    );
    await notices.tell(installation, confirmNotice(client, target));
    await this.#until(
      'confirm',
      installation.timings.confirmMs,
      `nobody confirmed that ${target.name} has the new secret`,
    );
  }

  #answer(name: 'ready' | 'confirm', thanks: string): string {
    if (this.#waitsFor !== name) return nothingDone(`The run does not wait for "${name}"`);
    this.#waitsFor = undefined;
    return thanks;
  }

  /** Waits for the answer that {@link ready} or {@link confirm} has begun to take. */
  async #until(name: 'ready' | 'confirm', limitMs: number, missing: string): Promise<void> {
    try {
      if (await condition(() => this.#waitsFor === undefined, limitMs)) return;
    } finally {
      this.#waitsFor = undefined;
    }
    throw ApplicationFailure.create({
      type: 'NotYet',
      nonRetryable: true,
      message: `gave up waiting: ${missing}`,
      details: [
        { system: 'oidc-registrar', remedy: `Start it again and answer with ${updateCommand(this.#run.client, name)}` },
      ],
    });
  }
}
