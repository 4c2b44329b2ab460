import { defineQuery, setCurrentDetails } from '@temporalio/workflow';
import type { Ending } from '../../core/run/ending.ts';
import type { Link } from '../../core/run/links.ts';
import type { PersonWait, ProgressView, StepProgress, StepState } from '../../core/run/progress.ts';
import { progressMarkdown } from '../../core/run/progressMarkdown.ts';
import type { Leftover } from '../../core/run/reports.ts';
import { FoundBy } from './foundBy.ts';
import { recordStep } from './metrics.ts';

/** Where a run stands; answered while a worker runs. */
export const progressQuery = defineQuery<ProgressView>('progress');

/** Keeps the state of each step, for the query and for the current details that the Temporal UI shows. */
export class Progress {
  readonly #client: string;
  readonly found = new FoundBy();
  readonly #warnings: string[] = [];
  readonly #kept: Leftover[] = [];
  #steps: StepProgress[] = [];
  #phase: ProgressView['phase'];
  #waitsFor: string | undefined;
  #waitsForPeople: ProgressView['waitsForPeople'];
  /** When each step that runs was begun: what it shows meanwhile is told anew as it changes. */
  readonly #begun = new Map<string, number>();
  readonly #links: Link[] = [];
  #ending: Ending | undefined;

  constructor(client: string, steps: readonly string[], phase: ProgressView['phase'] = 'registering') {
    this.#client = client;
    this.#phase = phase;
    this.plan(steps);
  }

  /** Sets the steps to come; the ones known already keep their state. */
  plan(steps: readonly string[]): void {
    this.#steps = steps.map((name) => this.#steps.find((step) => step.name === name) ?? { name, state: 'pending' });
    this.#show();
  }

  set(name: string, state: StepState, note?: string): void {
    const now = Date.now();
    this.#measure(name, state, now);
    this.#steps = this.#steps.map((step) => {
      if (step.name !== name) return step;
      const started = state === 'running' ? now : step.startedAt;
      const ended = state === 'running' || state === 'pending' ? undefined : (step.endedAt ?? now);
      // What was said of a step that begins anew is over.
      const text = note ?? (state === 'running' && step.state === 'pending' ? undefined : step.note);
      return {
        name,
        state,
        ...(started === undefined ? {} : { startedAt: started }),
        ...(ended === undefined ? {} : { endedAt: ended }),
        ...(text === undefined ? {} : { note: text }),
      };
    });
    this.#show();
  }

  /** What is to come is not needed, but for these steps. */
  skip(note: string, ...but: readonly string[]): void {
    for (const { name, state } of this.#steps) {
      if (state === 'pending' && !but.includes(name)) this.set(name, 'skipped', note);
    }
  }

  /** These steps have nothing to do. */
  leaveOut(note: string, ...steps: readonly string[]): void {
    for (const step of steps) this.set(step, 'skipped', note);
  }

  phase(phase: ProgressView['phase']): void {
    this.#phase = phase;
    // Those that come with the end of the run are told with it.
    if (phase === 'forwardOnly' || phase === 'undoing') this.found.phase(phase);
    this.#show();
  }

  /** What the run waits out; undefined when it is over. */
  waits(text: string | undefined): void {
    this.#waitsFor = text;
    this.#show();
  }

  /** Notes a wait that only people end, while it lasts. */
  async whileWaitingFor<T>(what: PersonWait, wait: () => Promise<T>): Promise<T> {
    const outer = this.#waitsForPeople;
    this.#waitsForPeople = { what, since: Date.now() };
    this.found.phase('waitsForPerson');
    this.#show();
    try {
      return await wait();
    } finally {
      this.#waitsForPeople = outer;
      if (outer === undefined) this.found.phase(this.#phase);
      this.#show();
    }
  }

  get current(): ProgressView['phase'] {
    return this.#phase;
  }

  warn(...warnings: readonly string[]): void {
    for (const warning of warnings) if (!this.#warnings.includes(warning)) this.#warnings.push(warning);
    this.#show();
  }

  keep(...kept: readonly Leftover[]): void {
    this.#kept.push(...kept);
    this.#show();
  }

  get warnings(): readonly string[] {
    return this.#warnings;
  }

  view(): ProgressView {
    return {
      client: this.#client,
      phase: this.#phase,
      steps: this.#steps,
      warnings: this.#warnings,
      kept: this.#kept,
      ...(this.#waitsFor === undefined ? {} : { waitsFor: this.#waitsFor }),
      ...(this.#waitsForPeople === undefined ? {} : { waitsForPeople: this.#waitsForPeople }),
    };
  }

  /** A step counts once it ends; one that is taken back has ended before. */
  #measure(name: string, state: StepState, now: number): void {
    const begun = this.#begun.get(name);
    if (state === 'running') this.#begun.set(name, begun ?? now);
    else if (begun !== undefined) {
      this.#begun.delete(name);
      recordStep(name, state, now - begun);
    }
  }

  /** What a person can open. */
  see(...links: readonly Link[]): void {
    for (const link of links) if (!this.#links.some(({ address }) => address === link.address)) this.#links.push(link);
    this.#show();
  }

  /** The run is over; `outcome` is a word for it, by which it is found. */
  end(ending: Ending, outcome: string): void {
    this.#ending = ending;
    this.found.end(outcome);
    this.#show();
  }

  #show(): void {
    setCurrentDetails(progressMarkdown(this.view(), this.#links, this.#ending));
  }
}
