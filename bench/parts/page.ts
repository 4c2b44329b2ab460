import { fileURLToPath } from 'node:url';
import type { Cost } from './costs.ts';
import type { EditsFigure } from './edits.ts';
import type { PairsFigure } from './pairs.ts';
import type { Quartiles } from './quartiles.ts';

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
  readonly pairs: Measured & { readonly figures: PairsFigure };
  readonly edits: Measured & { readonly figures: readonly EditsFigure[] };
}

const file = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
export const RESULTS = file('bench/results/registration.json');
export const PAGE = file('docs/explanation/performance.md');

/** The page that shows the figures, every goal with what was measured. */
export function pageOf({ costs, pairs, edits }: Results): string {
  return `# Performance

What a registration costs and how long it takes, as \`npm run bench\` has measured it: against stand-ins that answer at
once, with every wait at zero, so that what is left is the job's own. It writes this page. Figures are kept in
\`bench/results/registration.json\`. Times are of the machine of that day; counts are the same everywhere.

## Goals

${table(['goal', 'measured', ''], goalsOf({ costs, pairs, edits }))}

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

## Growth

The edits of one client in repositories of more and more, time of the processor.

${when(edits)}

${table(
  ['clients', 'bytes of the ConfigMap', 'ms'],
  edits.figures.map(({ clients, bytes, busyMs }) => [String(clients), String(bytes), busyMs.toFixed(1)]),
)}
`;
}

const GIT = 30;

function goalsOf({ costs, pairs, edits }: Results): readonly (readonly string[])[] {
  const git = costs.figures.map((cost) => sum(cost.git));
  const register = costs.figures.find(({ run }) => run === 'register');
  const [small, large] = [1_000, 10_000].map((size) => edits.figures.find(({ clients }) => clients === size));
  const growth = small === undefined || large === undefined ? undefined : large.busyMs / small.busyMs;
  const enough = pairs.figures.pairs >= ENOUGH_PAIRS;
  return [
    goal(`at most ${GIT} git commands, whatever the run`, Math.max(...git), GIT),
    goal(
      'at most 81 events of a registration',
      register?.events ?? 0,
      81,
      'what is asked before the turn is a further activity, and describeInstallation was a local one',
    ),
    goal('at most 60,000 bytes of history', register?.bytes ?? 0, 60_000, 'each activity is given the whole job'),
    enough
      ? goal('at most 1.10 times as long as the script, median', pairs.figures.ratio.median, 1.1)
      : unknown('at most 1.10 times as long as the script, median', `${pairs.figures.pairs} pairs tell too little`),
    growth === undefined
      ? unknown('edits linear: 10,000 clients take at most 12 times as long as 1,000')
      : goal('edits linear: 10,000 clients take at most 12 times as long as 1,000', Number(growth.toFixed(1)), 12),
    ...NOT_MEASURED.map((words) => unknown(words)),
  ];
}

const ENOUGH_PAIRS = 20;

/** Goals that the benchmark has no part for. */
const NOT_MEASURED = [
  "a registration's own time at most half of that at 81c566d, in pairs",
  "half of the requests to Authentik's cluster, of which there were 105",
  'a built worker asks for its first task in 1.5 s, and has 180 MB',
];

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

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, each) => all + each, 0);
}
