import { condition, defineUpdate, setHandler } from '@temporalio/workflow';
import { nothingDone } from '../../core/base/noEffect.ts';
import type { Notice } from '../../core/installation/notice.ts';
import type { StepReport } from '../../core/run/reports.ts';
import type { RotationConsumer } from '../../core/run/rotation.ts';
import type { ClientRun } from './clientRun.ts';
import { failure } from './failures.ts';
import { alsoRead, confirmNotice, readyNotice, updateCommand } from './notify.ts';
import { outOfTurn } from './outOfTurn.ts';

const readyUpdate = defineUpdate<string>('ready');
const confirmUpdate = defineUpdate<string>('confirm');

/** What a person is asked, and how long. */
interface Question {
  readonly step: string;
  /** For whoever looks at the step. */
  readonly shown: string;
  readonly notice: Notice;
  readonly limitMs: number;
  /** What has not come where the time is up. */
  readonly missing: string;
}

/** What a run asks of people: whether they are ready (a rotation), and whether they have done their part. */
export class People {
  readonly #run: ClientRun;
  #waitsFor: 'ready' | 'confirm' | undefined;
  readonly #offered = new Map<number, RotationConsumer>();

  constructor(run: ClientRun) {
    this.#run = run;
    setHandler(readyUpdate, () => this.#answer('ready', 'The rotation begins.'), {
      description:
        'Say that you are at hand to update what only a person can; nothing has changed before. Takes no arguments; refused while the run does not wait for it.',
      validator: () => outOfTurn(this.#useless('ready')),
    });
    setHandler(confirmUpdate, () => this.#answer('confirm', 'Thank you; the run goes on.'), {
      description:
        'Say that you have updated the consumer that the run waits for. Takes no arguments; refused while the run does not wait for it.',
      validator: () => outOfTurn(this.#useless('confirm')),
    });
  }

  /** Consumers that a person was asked to update. */
  get offered(): readonly RotationConsumer[] {
    return [...this.#offered.values()];
  }

  offer(...targets: readonly RotationConsumer[]): void {
    for (const target of targets) this.#offered.set(target.index, target);
  }

  /** Waits until somebody says `ready`. Throws `NotYet` at the deadline, with nothing changed. */
  async ready(targets: readonly RotationConsumer[], undeclared: readonly string[] = []): Promise<StepReport> {
    const { client, installation } = this.#run;
    const byHand = targets.map((target) => target.byHand);
    await this.#until('ready', {
      step: 'ready',
      shown: `waits for a person: begin with ${updateCommand(client, 'ready')} when you are at hand to do this: ${byHand.join(' and ')}${alsoRead(undeclared)}`,
      notice: readyNotice(client, byHand, undeclared),
      limitMs: installation.timings.readyMs,
      missing: `nobody said that they are ready to do this: ${byHand.join(' and ')}`,
    });
    return { note: 'a person is ready' };
  }

  /** Waits until somebody confirms that they have updated this consumer. Throws `NotYet` at the deadline. */
  async confirm(target: RotationConsumer, step = 'distribute'): Promise<void> {
    const { client, installation } = this.#run;
    this.offer(target);
    await this.#until('confirm', {
      step,
      shown: `waits for a person to do this: ${target.byHand}, then ${updateCommand(client, 'confirm')}`,
      notice: confirmNotice(client, target),
      limitMs: installation.timings.confirmMs,
      missing: `nobody confirmed that ${target.name} has the new secret`,
    });
  }

  #answer(name: 'ready' | 'confirm', thanks: string): string {
    const useless = this.#useless(name);
    if (useless !== undefined) return useless;
    this.#waitsFor = undefined;
    return thanks;
  }

  #useless(name: 'ready' | 'confirm'): string | undefined {
    return this.#waitsFor === name ? undefined : nothingDone(`The run does not wait for "${name}"`);
  }

  async #until(name: 'ready' | 'confirm', { step, shown, notice, limitMs, missing }: Question): Promise<void> {
    const { client, notices, progress } = this.#run;
    // A person may answer while the notice is still on its way.
    this.#waitsFor = name;
    progress.set(step, 'running', shown);
    await notices.tell(notice);
    try {
      const named = { summary: `waits for a person: ${name}` };
      const answered = () => condition(() => this.#waitsFor === undefined, limitMs, named);
      if (await progress.whileWaitingFor(name, answered)) return;
    } finally {
      this.#waitsFor = undefined;
    }
    const remedy = `Start it again and answer with ${updateCommand(client, name)}`;
    throw failure('NotYet', `gave up waiting: ${missing}`, { system: 'oidc-registrar', remedy });
  }
}
