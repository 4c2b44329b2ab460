import { proxySinks } from '@temporalio/workflow';

/** How a run ended, for whoever watches it. */
export interface RunEnd {
  readonly outcome: string;
  /** The kind of error of one that failed. */
  readonly kind?: string | undefined;
}

/** What a worker is told by runs. A sink is no command: histories know nothing of it. */
// A type: an interface has no index signature, which the SDK asks of sinks.
export type RunSinks = { runs: { ended(end: RunEnd): void } };

/** Tells the worker, unless it only replays. */
export const { runs } = proxySinks<RunSinks>();
