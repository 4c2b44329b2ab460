import { defineQuery, setCurrentDetails } from '@temporalio/workflow';
import type { Leftover } from '../../core/run/reports.ts';
import type { PersonWait, ProgressView, StepProgress, StepState } from '../../core/run/progress.ts';
import { recordStep } from './metrics.ts';

/** Where a run stands; answered while a worker runs. */
export const progressQuery = defineQuery<ProgressView>('progress');

/** The UI sets the cells of a table edge to edge; a no-break space keeps them apart and a duration in one line. */
const GAP = '\u00a0';

const MARKS: Record<StepState, string> = {
  pending: '·',
  running: '▶',
  done: '✓',
  failed: '✗',
  undone: '↩',
  kept: '!',
  skipped: '–',
};

/** Keeps the state of each step, for the query and for the current details that the Temporal UI shows. */
export class Progress {
  readonly #client: string;
  readonly #warnings: string[] = [];
  readonly #kept: Leftover[] = [];
  #steps: StepProgress[] = [];
  #phase: ProgressView['phase'];
  #waitsFor: string | undefined;
  #waitsForPeople: ProgressView['waitsForPeople'];
  /** When each step that runs was begun: what it shows meanwhile is told anew as it changes. */
  readonly #begun = new Map<string, number>();

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
      const text = note ?? step.note;
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
    try {
      return await wait();
    } finally {
      this.#waitsForPeople = outer;
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

  #show(): void {
    const rows = this.#steps.map((step) => {
      const state = step.state === 'done' || step.state === 'pending' ? '' : ` (${step.state})`;
      return `| ${MARKS[step.state]}${GAP}${step.name}${state}${GAP}${GAP} | ${took(step)}${GAP}${GAP} | ${cell(step.note)} |`;
    });
    const lists = [
      ...(this.#waitsFor === undefined ? [] : [`- **Waits:** ${this.#waitsFor}`]),
      ...this.#warnings.map((warning) => `- **Warning:** ${warning}`),
      ...this.#kept.map((kept) => `- **Kept:** ${kept.what}: ${kept.why} ${kept.remedy}`),
    ];
    setCurrentDetails(
      [
        `### ${this.#client}: ${this.#phase}`,
        '',
        '| step | took | what was done |',
        '|:---|---:|:---|',
        ...rows,
        ...(lists.length > 0 ? ['', ...lists] : []),
      ].join('\n'),
    );
  }
}

function took(step: StepProgress): string {
  if (step.startedAt === undefined || step.endedAt === undefined) return '';
  return `${((step.endedAt - step.startedAt) / 1000).toFixed(1)}${GAP}s`;
}

/** A pipe or a line break would end the cell. */
function cell(text: string | undefined): string {
  return (text ?? '').replaceAll('|', '\\|').replaceAll('\n', ' ');
}
