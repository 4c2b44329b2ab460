import type { Leftover } from './reports.ts';

export type StepState = 'pending' | 'running' | 'done' | 'failed' | 'undone' | 'kept' | 'skipped';

/** Signs of the states, for people: in a terminal and in Temporal's UI. */
export const STEP_MARKS: Readonly<Record<StepState, string>> = {
  pending: '·',
  running: '▶',
  done: '✓',
  failed: '✗',
  undone: '↩',
  kept: '!',
  skipped: '–',
};

/** Steps that change nothing which a client is made of: they read, wait for a person, or take the turn. */
const READING: ReadonlySet<string> = new Set(['acquireTurn', 'preflight', 'planRemoval', 'ready']);

/** Whether a run ended in one of these steps: what it took back, if anything, is its turn. */
export function changedNothing({ steps }: Pick<ProgressView, 'steps'>): boolean {
  const isUntouched = ({ state }: StepProgress): boolean => state === 'pending' || state === 'skipped';
  const ended = steps.filter(({ name, state }) => READING.has(name) && (state === 'failed' || state === 'undone'));
  return ended.length > 0 && steps.every((step) => READING.has(step.name) || isUntouched(step));
}

/** The step that began last: of a run that has failed, the one in which it did. */
export function lastBegun({ steps }: Pick<ProgressView, 'steps'>): string | undefined {
  return steps.findLast(({ startedAt }) => startedAt !== undefined)?.name;
}

export interface StepProgress {
  readonly name: string;
  readonly state: StepState;
  /** Milliseconds since 1970. */
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly note?: string;
}

/** What people are waited for: to say `ready` or `confirm`, to merge, to deploy, to let the worker in again. */
export const PERSON_WAITS = ['ready', 'confirm', 'merge', 'deploy', 'access'] as const;
export type PersonWait = (typeof PERSON_WAITS)[number];

/** What a run is said to do that waits so. */
export const WAIT_WORDS: Readonly<Record<PersonWait, string>> = {
  ready: 'waits for a person',
  confirm: 'waits for a person',
  merge: 'waits for a merge',
  deploy: 'waits to be deployed',
  access: 'waits to be let in again',
};

/** Phases for people: in a terminal and in Temporal's UI. */
export const PHASE_WORDS: Readonly<Record<ProgressView['phase'], string>> = {
  registering: 'registering',
  rotating: 'rotating',
  deregistering: 'deregistering',
  forwardOnly: 'past the point of no return',
  undoing: 'taking everything back',
  finished: 'ended well',
  undone: 'taken back',
  undoStopped: 'the undo was stopped',
};

export interface ProgressView {
  readonly client: string;
  readonly phase:
    | 'registering'
    | 'rotating'
    | 'deregistering'
    /** Past the point of no return: what is under way is finished, whatever is asked. */
    | 'forwardOnly'
    | 'undoing'
    | 'finished'
    | 'undone'
    | 'undoStopped';
  readonly steps: readonly StepProgress[];
  /** A refusal that may pass, and that the run waits out just now. */
  readonly waitsFor?: string;
  /** A wait that only people end, and since when, in milliseconds since 1970. */
  readonly waitsForPeople?: { readonly what: PersonWait; readonly since: number };
  readonly warnings: readonly string[];
  readonly kept: readonly Leftover[];
}
