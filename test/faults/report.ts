import { ENDS_OF_RUNS, type End } from './ends.ts';
import { FAULTS, REASONS, type Reason } from './faults.ts';
import type { StoryName, Way } from './target.ts';

export type Part = 'strikes' | 'endings';

const FAILED = ['uncovered', 'broken'] as const;
type Failed = (typeof FAILED)[number];
/** How an attempt ended that was struck. */
const ENDS = ['asked again', 'went on', 'tried again', 'gave up'] as const;
type EndOfAttempt = (typeof ENDS)[number];

/** An attempt that was struck. */
export interface Row {
  readonly id: string;
  readonly activity: string;
  readonly fault: string;
  readonly end: EndOfAttempt | Failed;
  readonly why?: string;
}

/** A run in which an activity gave up. */
export interface Ending {
  readonly id: string;
  readonly end: End | Failed;
  readonly why?: string;
}

/** A story that was played one way: of one part or of the other. */
export interface Played {
  readonly story: StoryName;
  readonly way: Way;
  /** How many cells there are, of which a sample may have been chosen. */
  readonly cells: number;
  readonly runs?: number;
  readonly activities?: readonly string[];
  readonly notApplicable?: readonly Reason[];
  readonly rows?: readonly Row[];
  readonly endings?: readonly Ending[];
}

type Counts = Readonly<Record<string, number>>;

/** What is kept of a whole run. */
export interface Results {
  /** By which options of `npm run test:faults` the cells were chosen. */
  readonly options: string;
  readonly activities: Readonly<Record<string, readonly string[]>>;
  /** By fault, how many attempts ended how. */
  readonly attempts: Readonly<Record<string, Counts>>;
  readonly notApplicable: Counts;
  /** By part, how many cells there are. */
  readonly cells: Readonly<Record<Part, number>>;
  /** Runs that served the attempts. */
  readonly served: number;
  /** By story and way, how many runs ended how. */
  readonly runs: Readonly<Record<string, Counts>>;
}

/** Written by a whole run of `npm run test:faults`. */
export const RESULTS = new URL('results.json', import.meta.url);

export function resultsOf(played: readonly Played[], options: string): Results {
  const rows = played.flatMap((each) => each.rows ?? []);
  const sorted = played.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return {
    options,
    activities: Object.fromEntries(
      sorted.flatMap((each) => (each.activities === undefined ? [] : [[keyOf(each), each.activities.toSorted()]])),
    ),
    attempts: Object.fromEntries(
      FAULTS.map(({ name }) => [name, countsOf(rows.filter(({ fault }) => fault === name).map(({ end }) => end))]),
    ),
    cells: {
      strikes: sum(played.map((each) => (each.rows === undefined ? 0 : each.cells))),
      endings: sum(played.map((each) => (each.endings === undefined ? 0 : each.cells))),
    },
    served: sum(played.map(({ runs = 0 }) => runs)),
    notApplicable: countsOf(played.flatMap((each) => each.notApplicable ?? [])),
    runs: Object.fromEntries(
      sorted.flatMap((each) =>
        each.endings === undefined ? [] : [[keyOf(each), countsOf(each.endings.map(({ end }) => end))]],
      ),
    ),
  };
}

function keyOf({ story, way }: Played): string {
  return `${story}, ${way}`;
}

function countsOf(all: readonly string[]): Counts {
  const counts: Record<string, number> = {};
  for (const each of all.toSorted()) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

/** The two tables, in Markdown, and what is not applicable. */
export function reportOf({ options, attempts, runs, notApplicable, cells, served }: Results): string {
  return [
    ...tableOf('fault', ENDS, attempts),
    '',
    ...tableOf('story', ENDS_OF_RUNS, runs),
    '',
    `- \`npm run test:faults${options === '' ? '' : ` -- ${options}`}\`: ${played(attempts)} of ${cells.strikes} attempts, in ${served} runs; ${played(runs)} of ${cells.endings}`,
    '  runs in which an activity gives up.',
    ...(Object.keys(REASONS) as Reason[]).map(
      (reason) => `- Not applicable ${notApplicable[reason] ?? 0} times: ${REASONS[reason]}.`,
    ),
  ].join('\n');
}

function played(rows: Readonly<Record<string, Counts>>): number {
  return sum(Object.values(rows).flatMap((each) => Object.values(each)));
}

function tableOf(of: string, ends: readonly string[], rows: Readonly<Record<string, Counts>>): readonly string[] {
  const columns = [...ends, ...FAILED];
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  const counts = (each: Counts): readonly number[] => {
    const numbers = columns.map((end) => each[end] ?? 0);
    return [...numbers, sum(numbers)];
  };
  const all = countsOf(
    Object.values(rows).flatMap((each) =>
      Object.entries(each).flatMap(([end, n]) => Array.from({ length: n }, () => end)),
    ),
  );
  return [
    line([of, ...columns, 'cells']),
    line(['---', ...columns.map(() => '---:'), '---:']),
    ...Object.entries(rows).map(([name, each]) => line([name, ...counts(each)])),
    line(['all', ...counts(all)]),
  ];
}
