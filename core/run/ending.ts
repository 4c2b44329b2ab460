import type { Check, Leftover } from './reports.ts';

/** How a run ended, for whoever looks at it. */
export interface Ending {
  /** As `registered`; what it says of the client. */
  readonly outcome: string;
  /** Why it failed, and what a person does about it. */
  readonly cause?: string;
  readonly remedy?: string;
  /** What people still have to do. */
  readonly remaining?: readonly string[];
  /** What is left behind, where the run has not told it step by step. */
  readonly kept?: readonly (string | Leftover)[];
  readonly checks?: readonly Check[];
  /** How people have again what the run took out. */
  readonly wayBack?: string;
  /** Commit of the target branch. */
  readonly commit?: string | undefined;
}

const OUTCOMES: Readonly<Record<string, string>> = {
  unchanged: 'as asked already, nothing was changed',
  takenBack: 'taken back',
};

/** What the results of the runs have in common. */
export interface Ended extends Omit<Ending, 'outcome' | 'cause' | 'remedy'> {
  readonly outcome: string;
}

/** The end of a run by its result. */
export function endingOf({ outcome, remaining, kept, checks, wayBack, commit }: Ended): Ending {
  const known = { ...(remaining && { remaining }), ...(kept && { kept }), ...(checks && { checks }), commit };
  return { outcome: OUTCOMES[outcome] ?? outcome, ...known, ...(wayBack === undefined ? {} : { wayBack }) };
}

/** What the details of a run's failure may hold. */
export interface FailureDetails {
  readonly remedy?: string;
  readonly cause?: { readonly message: string; readonly remedy: string };
  readonly kept?: readonly Leftover[];
}

/** The end of a run by its failure; `deed` is what has not come about, as `registered`, and `untouched` that nothing was changed. */
export function failedEnding(
  deed: string,
  message: string,
  { cause, remedy, kept }: FailureDetails = {},
  untouched = false,
): Ending {
  // A run that failed before it changed anything has no undo to tell of.
  const asBefore = untouched ? 'nothing was changed' : 'everything is as it was';
  const rest = kept === undefined || kept.length === 0 ? asBefore : 'something is left behind';
  const mend = cause?.remedy ?? remedy;
  return {
    outcome: `not ${deed}, ${rest}`,
    cause: cause?.message ?? message,
    ...(mend === undefined ? {} : { remedy: mend }),
    ...(kept === undefined ? {} : { kept }),
  };
}
