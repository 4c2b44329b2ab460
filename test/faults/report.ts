import { ENDS_OF_RUNS, type End } from './ends.ts';
import { FAULTS, REASONS, type Reason } from './faults.ts';
import { INSTALLED, waysOf } from './installations.ts';
import { INSTALLATIONS, type InstallationName, STORIES, type StoryName, type Way, WAYS } from './target.ts';

export type Part = 'strikes' | 'endings' | 'deaths';

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

/** What happens to a run or its server while an activity is at work. */
export const DEATHS = [
  'the run is terminated, and begun again',
  'the Temporal server is killed, and started again',
] as const;

export interface Death {
  readonly id: string;
  readonly death: (typeof DEATHS)[number];
  readonly end: 'done' | Failed;
  readonly why?: string;
}

/** A story that was played somewhere one way: of one part. */
export interface Played {
  readonly story: StoryName;
  readonly installation: InstallationName;
  readonly way: Way;
  /** How many cells there are, of which a sample may have been chosen. */
  readonly cells: number;
  readonly runs?: number;
  readonly activities?: readonly string[];
  readonly notApplicable?: readonly Reason[];
  readonly rows?: readonly Row[];
  readonly endings?: readonly Ending[];
  readonly deaths?: readonly Death[];
}

/** A play by its name. */
export function playOf({ story, installation, way }: Pick<Played, 'story' | 'installation' | 'way'>): string {
  return [story, ...(installation === 'last' ? [] : [installation]), way].join(', ');
}

type Counts = Readonly<Record<string, number>>;
/** How many were played, and of how many. */
type Share = readonly [played: number, of: number];

/** What is kept of a whole run. */
export interface Results {
  /** Activities that were struck, by the play. */
  readonly activities: Readonly<Record<string, readonly string[]>>;
  /** By installation and story. */
  readonly shares: Readonly<Record<InstallationName, Readonly<Record<string, Readonly<Record<Part, Share>>>>>>;
  /** By fault, how many attempts ended how. */
  readonly attempts: Readonly<Record<string, Counts>>;
  readonly notApplicable: Counts;
  /** Runs that served the attempts. */
  readonly served: number;
  /** By story and way, how many runs ended how. */
  readonly runs: Readonly<Record<string, Counts>>;
  /** By story and way, at how many activities what happened and was outlived; or how else it ended. */
  readonly deaths: Readonly<Record<string, Counts>>;
}

/** Written by a whole run of `npm run test:faults`. */
export const RESULTS = new URL('results.json', import.meta.url);

export function resultsOf(played: readonly Played[]): Results {
  const rows = played.flatMap((each) => each.rows ?? []);
  return {
    activities: Object.fromEntries(
      played
        .flatMap((each) => (each.activities === undefined ? [] : [[playOf(each), each.activities.toSorted()] as const]))
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ),
    shares: mapped(INSTALLATIONS, (installation) =>
      mapped(STORIES, (story) =>
        sharesOf(played.filter((each) => each.installation === installation && each.story === story)),
      ),
    ),
    attempts: mapped(
      FAULTS.map(({ name }) => name),
      (name) => countsOf(rows.filter(({ fault }) => fault === name).map(({ end }) => end)),
    ),
    served: sum(played.map(({ runs = 0 }) => runs)),
    notApplicable: countsOf(played.flatMap((each) => each.notApplicable ?? [])),
    runs: byWay(played, ({ endings = [] }) => endings.map(({ end }) => end)),
    deaths: byWay(played, ({ deaths = [] }) => deaths.map(({ death, end }) => (end === 'done' ? death : end))),
  };
}

function mapped<K extends string, T>(keys: readonly K[], of: (key: K) => T): Record<K, T> {
  return Object.fromEntries(keys.map((key) => [key, of(key)])) as Record<K, T>;
}

function sharesOf(played: readonly Played[]): Record<Part, Share> {
  const share = (of: 'rows' | 'endings' | 'deaths'): Share => {
    const ones = played.filter((each) => each[of] !== undefined);
    return [sum(ones.map((each) => each[of]?.length ?? 0)), sum(ones.map(({ cells }) => cells))];
  };
  return { strikes: share('rows'), endings: share('endings'), deaths: share('deaths') };
}

/** Of all installations together. */
function byWay(played: readonly Played[], endsOf: (each: Played) => readonly string[]): Record<string, Counts> {
  const names = STORIES.flatMap((story) => WAYS.map((way) => ({ story, way })));
  return Object.fromEntries(
    names.map(({ story, way }) => {
      const ones = played.filter((each) => each.story === story && each.way === way);
      return [`${story}, ${way}`, countsOf(ones.flatMap(endsOf))];
    }),
  );
}

function countsOf(all: readonly string[]): Counts {
  const counts: Record<string, number> = {};
  for (const each of all.toSorted()) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

/** The tables, in Markdown, and what is not applicable. */
export function reportOf({ shares, attempts, runs, deaths, notApplicable, served }: Results): string {
  return [
    'Of all cells so many were played, and where it says – none:',
    '',
    ...sharesTable(shares),
    '',
    `How the attempts ended, which ${served} runs served:`,
    '',
    ...tableOf('fault', ENDS, attempts),
    '',
    'How the runs ended in which an activity gave up:',
    '',
    ...tableOf('story', ENDS_OF_RUNS, runs),
    '',
    'At how many activities this was outlived:',
    '',
    ...tableOf('while an activity is at work', DEATHS, deaths),
    '',
    'What is in no cell, and why:',
    '',
    ...INSTALLATIONS.flatMap(withoutWays),
    ...(Object.keys(REASONS) as Reason[]).map((reason) => `- ${notApplicable[reason] ?? 0} times: ${REASONS[reason]}.`),
  ].join('\n');
}

function sharesTable(shares: Results['shares']): readonly string[] {
  const parts = ['strikes', 'endings', 'deaths'] as const;
  return [
    line(['where', 'story', 'struck attempts', 'runs in which one gives up', 'terminated, server killed']),
    line(['---', '---', '---:', '---:', '---:']),
    ...INSTALLATIONS.flatMap((installation) =>
      STORIES.filter((story) => waysOf(installation, story).length > 0).map((story) => {
        const of = shares[installation][story];
        return line([INSTALLED[installation].told, story, ...parts.map((part) => shareOf(of?.[part]))]);
      }),
    ),
  ];
}

function withoutWays(installation: InstallationName): readonly string[] {
  const { told, without = {} } = INSTALLED[installation];
  return STORIES.flatMap((story) => {
    const { ways = [], why = '' } = without[story] ?? {};
    return ways.length === 0 ? [] : [`- ${told}: ${story}, ${ways.join(' and ')}: ${why}.`];
  });
}

/** One that was not played has not been counted either. */
function shareOf(share: Share | undefined): string {
  return share === undefined || share[1] === 0 ? '–' : share.join(' of ');
}

function line(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

function tableOf(of: string, ends: readonly string[], rows: Readonly<Record<string, Counts>>): readonly string[] {
  const columns = [...ends, ...FAILED];
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
