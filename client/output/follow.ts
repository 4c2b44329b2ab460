import type { WorkflowHandle } from '@temporalio/client';
import { Listr, type ListrTask } from 'listr2';
import { RegistrarError } from '../../core/base/errors.ts';
import { changedNothing, lastBegun, type ProgressView, type StepProgress } from '../../core/run/progress.ts';
import { asTyped } from '../asTyped.ts';
import { retriesOf, type Retry } from './retries.ts';
import { paint, seconds } from './style.ts';
import { PATIENCE_MS, sayNoAnswer } from './waiting.ts';

/**
 * Between two looks at a run's progress, each of which a worker answers: seldom at first, then more seldom, for a run may wait for people
 * for days. Of its end a long poll tells.
 */
const LOOK_MS = 1_000;
const PATIENT_LOOK_MS = 2_000;
const PATIENT_AFTER_MS = 120_000;

/** That of the longest name of a step, `takeOutExternalSecret`. */
const NAME_WIDTH = 21;

interface News {
  /** News of one key are told once. */
  readonly key: string;
  readonly text: string;
}

/** Each failure is news; another attempt that meets the same is news on a terminal alone, where it takes the place of the one before. */
function newsOf({ activity, attempt, message }: Retry, step: string): News {
  const of = activity === step ? '' : `${activity}, `;
  const text = `${of}attempt ${attempt}: ${message}`;
  return { key: process.stdout.isTTY ? text : `${activity} ${message}`, text };
}

/** A run whose progress is asked for again and again until it has ended. */
class RunFollower {
  readonly #handle: WorkflowHandle;
  #view: ProgressView | undefined;
  #retries: readonly Retry[] = [];
  readonly #told = new Set<string>();
  #ended = false;
  #unreadable: RegistrarError | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(handle: WorkflowHandle) {
    this.#handle = handle;
  }

  get view(): ProgressView | undefined {
    return this.#view;
  }

  /** Follows until the run has ended; never throws, the result says how it ended. */
  async run(): Promise<void> {
    const hint = setTimeout(() => {
      if (this.#view === undefined) void sayNoAnswer(this.#handle);
    }, PATIENCE_MS);
    const end = this.#handle.result().then(
      () => undefined,
      () => undefined,
    );
    const since = Date.now();
    while (!this.#ended) {
      const pause = Date.now() - since < PATIENT_AFTER_MS ? LOOK_MS : PATIENT_LOOK_MS;
      const over = await Promise.race([end.then(() => true), delay(pause).then(() => false)]);
      await this.#look();
      this.#ended = over || this.#unreadable !== undefined;
      for (const listener of this.#listeners) listener();
    }
    clearTimeout(hint);
  }

  async #look(): Promise<void> {
    // Where no worker answers now, the next look may find one.
    const [view, retries] = await Promise.allSettled([
      this.#handle.query<ProgressView>('progress'),
      this.#handle.describe().then((described) => retriesOf(this.#handle.client, described)),
    ]);
    if (view.status === 'fulfilled') this.#view = view.value;
    if (retries.status === 'fulfilled') this.#retries = retries.value;
    for (const answer of [view, retries])
      if (answer.status === 'rejected' && answer.reason instanceof RegistrarError) this.#unreadable = answer.reason;
  }

  /** Throws where what is answered cannot be read, which waiting does not mend. */
  throwIfUnreadable(): void {
    if (this.#unreadable !== undefined) throw this.#unreadable;
  }

  /** What the run waits for and {@link told} has not heard of yet: this step by its own note, the run, and what is tried again. */
  news(step = ''): News | undefined {
    const { note, state } = stepOf(this.#view, step) ?? {};
    const { waitsFor } = this.#view ?? {};
    const all: readonly News[] = [
      ...(note === undefined || state !== 'running' ? [] : [{ key: `${step} ${note}`, text: note }]),
      ...(waitsFor === undefined ? [] : [{ key: waitsFor, text: waitsFor }]),
      ...this.#retries.map((retry) => newsOf(retry, step)),
    ];
    return this.#ended ? undefined : all.find(({ key }) => !this.#told.has(key));
  }

  told({ key }: News): void {
    this.#told.add(key);
  }

  /** Resolves when `reached` is true of the newest view, or the run has ended. */
  async until(reached: (view: ProgressView) => boolean): Promise<ProgressView | undefined> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!this.#ended && (this.#view === undefined || !reached(this.#view))) return;
        this.#listeners.delete(check);
        resolve(this.#view);
      };
      this.#listeners.add(check);
      check();
    });
  }
}

/** Waits for the end of a run in silence, but for a hint where no worker answers. */
export async function watchQuietly(handle: WorkflowHandle): Promise<void> {
  const follower = new RunFollower(handle);
  await follower.run();
  follower.throwIfUnreadable();
}

/** Shows a run's steps as they come: a spinner and a duration each on a terminal, a line each elsewhere. */
export async function showProgress(handle: WorkflowHandle): Promise<ProgressView | undefined> {
  const follower = new RunFollower(handle);
  const following = follower.run();
  await follower.until((view) => view.steps.some((step) => step.state !== 'pending'));
  if (process.stdout.isTTY) await onTerminal(follower);
  else await asLines(follower);
  await following;
  follower.throwIfUnreadable();
  return follower.view;
}

/** Neither ended nor on its way back. */
const goesForward = ({ phase }: ProgressView): boolean =>
  ['registering', 'rotating', 'deregistering', 'forwardOnly'].includes(phase);

const stepOf = (view: ProgressView | undefined, name: string): StepProgress | undefined =>
  view?.steps.find((step) => step.name === name);

const isOver = (step: StepProgress | undefined): boolean =>
  step !== undefined && step.state !== 'pending' && step.state !== 'running';

/** Resolves when a step is over, or the run does not go forward any more; tells what it waits for. */
async function untilOver(
  follower: RunFollower,
  name: string,
  tell: (note: string) => void,
): Promise<ProgressView | undefined> {
  for (;;) {
    const view = await follower.until(
      (now) => isOver(stepOf(now, name)) || !goesForward(now) || follower.news(name) !== undefined,
    );
    const news = follower.news(name);
    if (news === undefined || view === undefined || isOver(stepOf(view, name)) || !goesForward(view)) return view;
    follower.told(news);
    tell(asTyped(news.text));
  }
}

/** Steps of the newest view that have not been shown: what preflight finds may bring further ones. */
const stepsLeft = ({ view }: RunFollower, shown: ReadonlySet<string>): readonly string[] =>
  (view?.steps ?? []).map(({ name }) => name).filter((name) => !shown.has(name));

/** What follows it is known when it is over; a terminal shows the steps until then, and the rest, as a list each. */
const PREFLIGHT = 'preflight';

async function onTerminal(follower: RunFollower): Promise<void> {
  const shown = new Set<string>();
  for (let steps = stepsLeft(follower, shown); steps.length > 0; steps = stepsLeft(follower, shown)) {
    const part = steps.slice(0, steps.indexOf(PREFLIGHT) + 1 || steps.length);
    for (const name of part) shown.add(name);
    if (!(await listOnTerminal(follower, part))) break;
  }
  await undoOnTerminal(follower);
}

/** Ctrl-C ends who looks on. By itself the list would show the step that runs as one that has failed. */
const LEAVING = { registerSignalListeners: false };

/** Resolves with whether the steps went well. */
async function listOnTerminal(follower: RunFollower, steps: readonly string[]): Promise<boolean> {
  const tasks = steps.map((name): ListrTask => ({
    title: name,
    task: async (_context, task) => {
      const view = await untilOver(follower, name, (note) => {
        task.output = note;
      });
      const found = stepOf(view, name);
      const step = found && asItWas(found, view);
      if (step?.state === 'skipped' || step === undefined || step.state === 'pending') {
        task.skip(`${name} ${step?.note ?? ''}`);
        return;
      }
      task.title = line(step);
      if (step.state !== 'done') throw new Error(line(step));
    },
  }));
  const list = new Listr(tasks, {
    ...LEAVING,
    exitOnError: true,
    rendererOptions: { collapseErrors: false, showErrorMessage: false },
  });
  return list.run().then(
    () => true,
    () => false,
  );
}

/** What a run does that does not go forward any more. */
function wayBackOf(view: ProgressView): string {
  return changedNothing(view) ? 'nothing was changed' : 'taking everything back';
}

async function undoOnTerminal(follower: RunFollower): Promise<void> {
  if (follower.view?.phase !== 'undoing' && follower.view?.phase !== 'undone') return;
  const undo = new Listr(
    [
      {
        title: wayBackOf(follower.view),
        task: async (_context, task) => {
          const shown = new Set<string>();
          for (;;) {
            const view = await follower.until(
              (now) => now.phase !== 'undoing' || undoneOf(now).length > shown.size || follower.news() !== undefined,
            );
            const news = follower.news();
            if (news !== undefined) {
              follower.told(news);
              task.output = news.text;
            }
            for (const text of undoneOf(view)) {
              if (shown.has(text)) continue;
              shown.add(text);
              task.output = text;
            }
            if (view?.phase !== 'undoing') return;
          }
        },
        rendererOptions: { persistentOutput: true, outputBar: Number.POSITIVE_INFINITY },
      },
    ],
    LEAVING,
  );
  await undo.run();
}

async function untilUndone(follower: RunFollower, tell: (text: string) => void): Promise<ProgressView | undefined> {
  for (;;) {
    const view = await follower.until((now) => now.phase !== 'undoing' || follower.news() !== undefined);
    const news = follower.news();
    if (news === undefined || view?.phase !== 'undoing') return view;
    follower.told(news);
    tell(news.text);
  }
}

function undoneOf(view: ProgressView | undefined): readonly string[] {
  return (view?.steps ?? [])
    .filter((step) => step.state === 'undone' || step.state === 'kept')
    .map((step) => `${step.state === 'kept' ? '!' : '↩'} ${step.name}: ${step.note ?? ''}`);
}

async function asLines(follower: RunFollower): Promise<void> {
  const say = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  const shown = new Set<string>();
  for (let [name] = stepsLeft(follower, shown); name !== undefined; [name] = stepsLeft(follower, shown)) {
    shown.add(name);
    const view = await untilOver(follower, name, (note) =>
      say(`  ▶ ${name.padEnd(NAME_WIDTH)}  ${' '.repeat(7)}  ${paint('dim', note)}`),
    );
    const step = stepOf(view, name);
    if (step !== undefined && step.state !== 'pending') say(stepLine(asItWas(step, view)));
  }
  const { view: now } = follower;
  if (now === undefined || goesForward(now) || now.phase === 'finished') return;
  say(`  ↩ ${wayBackOf(now)}`);
  const view = await untilUndone(follower, (text) => say(`    ▶ ${paint('dim', text)}`));
  for (const text of undoneOf(view)) say(`    ${text}`);
}

function stepLine(step: StepProgress): string {
  const mark = step.state === 'skipped' ? '–' : step.state === 'done' ? '✓' : '✗';
  return `  ${mark} ${line(step)}`;
}

/** A step that has been taken back by now, as it was before: it had gone well, unless it was the last one to begin. */
function asItWas(step: StepProgress, view: ProgressView | undefined): StepProgress {
  if (step.state !== 'undone' && step.state !== 'kept') return step;
  const { note: _ofTheUndo, ...rest } = step;
  return { ...rest, state: view !== undefined && lastBegun(view) === step.name ? 'failed' : 'done' };
}

function line(step: StepProgress): string {
  const took = step.startedAt === undefined || step.endedAt === undefined ? '' : seconds(step.endedAt - step.startedAt);
  return [step.name.padEnd(NAME_WIDTH), took.padStart(7), paint('dim', step.note ?? '')].join('  ').trimEnd();
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
