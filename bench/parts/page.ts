import { fileURLToPath } from 'node:url';
import type { AtOnceFigure } from './atOnce.ts';
import type { Cost } from './costs.ts';
import type { EditsFigure } from './edits.ts';
import { FORMER, type FormerFigure } from './former.ts';
import type { PairsFigure } from './pairs.ts';
import type { Quartiles } from './quartiles.ts';
import type { StartFigure } from './start.ts';

/** When, of which commit and on what. */
export interface Measured {
  readonly on: string;
  readonly commit: string;
  readonly node: string;
  readonly cores: number;
  /** Of the machine, over a minute: more than its cores means that others worked there too, and times are long. */
  readonly load: number;
}

/** What `npm run bench` keeps, a part at a time. */
export interface Results {
  readonly costs: Measured & { readonly figures: readonly Cost[] };
  readonly start: Measured & { readonly figures: StartFigure };
  readonly pairs: Measured & { readonly figures: PairsFigure };
  readonly former: Measured & { readonly figures: FormerFigure };
  readonly atOnce: Measured & { readonly figures: readonly AtOnceFigure[] };
  readonly edits: Measured & { readonly figures: readonly EditsFigure[] };
}

const file = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
export const RESULTS = file('bench/results/registration.json');
export const PAGE = file('docs/explanation/performance.md');

/** The page that shows the figures, every goal with what was measured. */
export function pageOf(results: Results): string {
  const { costs, start, pairs, former, atOnce, edits } = results;
  return `# Performance

What a registration costs and how long it takes, as \`npm run bench\` has measured it: against stand-ins that answer at
once, with every wait at zero, so that what is left is the job's own. It writes this page. Figures are kept in
\`bench/results/registration.json\`. Times are of the machine of that day; counts are the same everywhere.

## Goals

${table(['goal', 'measured', ''], goalsOf(results))}

## What each run costs

On the layout \`manual\` (Argo CD, \`land: last\`); "actions" is what Temporal Cloud bills, heartbeats left out. Requests
grow with the time that a system takes, for it is looked at again and again.

${when(costs)}

${table(
  ['run', 'events', 'bytes', 'actions', 'git', 'HTTP requests', 'vault'],
  costs.figures.map((cost) => [
    cost.run,
    String(cost.events),
    String(cost.bytes),
    String(cost.actions),
    String(sum(cost.git)),
    listed(cost.http),
    `${cost.vaultReads} reads, ${cost.vaultWrites} writes`,
  ]),
)}

The git commands, by what they are:

${table(
  ['run', 'git commands'],
  costs.figures.map(({ run, git }) => [run, listed(git)]),
)}

## How long it takes

${pairs.figures.pairs} pairs of a registration by the workflow and one by a plain script that calls the same activities, turn about,
beside a saga of as many activities that do nothing.

${when(pairs)}

${table(
  ['', 'lower quartile', 'median', 'upper quartile'],
  [
    ['workflow, ms', ...threeOf(pairs.figures.workflowMs)],
    ['script, ms', ...threeOf(pairs.figures.scriptMs)],
    ['workflow : script', ...threeOf(pairs.figures.ratio)],
    ['bare saga, ms', ...threeOf(pairs.figures.bareSagaMs)],
  ],
)}

${former.figures.pairs} pairs of a registration by the workflow of this commit and by that of ${FORMER}, turn about, each by a worker and
against stand-ins of its own commit; the other ones stand still meanwhile.

${when(former)}

${table(
  ['', 'lower quartile', 'median', 'upper quartile'],
  [
    ['this commit, ms', ...threeOf(former.figures.nowMs)],
    [`${FORMER}, ms`, ...threeOf(former.figures.formerMs)],
    [`this commit : ${FORMER}`, ...threeOf(former.figures.ratio)],
  ],
)}

## Start of the worker

A built worker, as the image starts it, until Temporal knows that it polls; ${start.figures.starts} starts.

${when(start)}

${table(
  ['', 'lower quartile', 'median', 'upper quartile'],
  [
    ['until it polls, ms', ...threeOf(start.figures.wallMs)],
    ['time of the processor, ms', ...threeOf(start.figures.busyMs)],
    ['resident memory, MiB', ...threeOf(start.figures.mib)],
  ],
)}

## Growth

Clients registered at once by one worker, on the layout \`auto\` (Argo CD, \`land: first\`). Time of the processor is that
of worker and stand-ins.

${when(atOnce)}

${table(
  [
    'clients',
    'registered',
    's',
    's a client',
    'processor, s a client',
    'requests a client',
    'most events',
    'most bytes',
  ],
  atOnce.figures.map(({ clients, registered, wallMs, busyMs, requests, mostEvents, mostBytes }) => [
    String(clients),
    String(registered),
    seconds(wallMs),
    seconds(wallMs / clients),
    seconds(busyMs / clients),
    (requests / clients).toFixed(0),
    String(mostEvents),
    String(mostBytes),
  ]),
)}

The edits of one client in repositories of more and more, time of the processor.

${when(edits)}

${table(
  ['clients', 'bytes of the ConfigMap', 'ms'],
  edits.figures.map(({ clients, bytes, busyMs }) => [String(clients), String(bytes), busyMs.toFixed(1)]),
)}
`;
}

const GIT = 30;

function goalsOf({ costs, start, pairs, former, edits }: Results): readonly (readonly string[])[] {
  const git = costs.figures.map((cost) => sum(cost.git));
  const register = costs.figures.find(({ run }) => run === 'register');
  const [small, large] = [1_000, 10_000].map((size) => edits.figures.find(({ clients }) => clients === size));
  const growth = small === undefined || large === undefined ? undefined : large.busyMs / small.busyMs;
  return [
    goal(`at most ${GIT} git commands, whatever the run`, Math.max(...git), GIT),
    goal('at most 81 events of a registration', register?.events ?? 0, 81),
    goal('at most 60,000 bytes of history', register?.bytes ?? 0, 60_000),
    paired(
      'at most 1.10 times as long as the script, median',
      pairs.figures,
      1.1,
      'Temporal takes a turn for each of twelve activities, as the bare saga shows, and is asked before each of 15 writes whether its attempt goes on',
    ),
    growth === undefined
      ? unknown('edits linear: 10,000 clients take at most 12 times as long as 1,000')
      : goal('edits linear: 10,000 clients take at most 12 times as long as 1,000', Number(growth.toFixed(1)), 12),
    goal('a built worker polls after at most 1,500 ms of processor, median', start.figures.busyMs.median, 1_500),
    goal(
      'it has at most 180 MiB then, median',
      start.figures.mib.median,
      180,
      "Temporal's SDK loads itself once more in the thread of the workflows",
    ),
    goal(
      "half of the 105 requests to Authentik's cluster",
      register?.http['kubernetes/edge'] ?? 0,
      52,
      'what is asked before the turn is asked again with it, and waits look again and again: nothing is watched, which takes a right more',
    ),
    paired(`a registration takes at most half as long as at ${FORMER}, median`, former.figures, 0.5),
  ];
}

const ENOUGH_PAIRS = 20;

function paired(
  words: string,
  { pairs, ratio }: PairsFigure | FormerFigure,
  most: number,
  why?: string,
): readonly string[] {
  return pairs >= ENOUGH_PAIRS
    ? goal(words, ratio.median, most, why)
    : unknown(words, `${pairs} pairs tell too little`);
}

function unknown(words: string, why = 'no figure yet'): readonly string[] {
  return [words, '', `not known: ${why}`];
}

/** A goal that is missed says why, where that is known. */
function goal(words: string, measured: number, most: number, why?: string): readonly string[] {
  const over = measured - most;
  const missed = `missed by ${Number(over.toPrecision(3))}${why === undefined ? '' : `: ${why}`}`;
  return [words, String(measured), over <= 0 ? 'met' : missed];
}

function when({ on, commit, node, cores, load }: Measured): string {
  return `Measured on ${on} at ${commit}, Node.js ${node}, ${cores} cores, load of the machine ${load}.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function threeOf({ lower, median, upper }: Quartiles): readonly string[] {
  return [lower, median, upper].map(String);
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, each) => all + each, 0);
}
