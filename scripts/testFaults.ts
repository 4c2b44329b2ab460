import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';
import { type Played, playOf, reportOf, RESULTS, resultsOf } from '../test/faults/report.ts';
import { INSTALLATIONS, STORIES } from '../test/faults/target.ts';

/**
 * The fault matrix. Closes with its tables, and fails where a cell is broken or its fault was not met. `--story NAME,…`,
 * `--installation NAME,…`, `--way forward|back`, `--part strikes|endings|deaths`, `--step ACTIVITY,…`, `--fault TEXT`
 * and `--sample N --seed S` (so many attempts of each story, installation and way, a thirtieth as many runs, and all of what an installation alone
 * comes to) choose. `--notes FILE` is for a play in pieces: a piece that is played again takes the place of its
 * former play there, and the tables tell of all that FILE holds. `--keep` writes what docs/reliability.md shows.
 */
const text = { type: 'string' } as const;
const options = {
  story: text,
  installation: text,
  way: text,
  part: text,
  step: text,
  fault: text,
  sample: text,
  seed: text,
  notes: text,
  keep: { type: 'boolean' },
} as const;
const { installation, seed, sample, notes, keep = false, ...names } = parseArgs({ options }).values;
const numbers = {
  ...(seed === undefined ? {} : { seed: Number(seed) }),
  ...(sample === undefined ? {} : { sample: Number(sample) }),
};
const folder = await mkdtemp(path.join(tmpdir(), 'fault-matrix-'));
const report = notes === undefined ? path.join(folder, 'played') : path.resolve(notes);
process.env['FAULTS'] = JSON.stringify({ ...names, ...numbers });
process.env['FAULTS_REPORT'] = report;
const [last, ...others] = INSTALLATIONS;
const lanes = [
  ...STORIES.filter((name) => among(installation, last) && among(names.story, name)),
  ...others.filter((name) => among(installation, name)),
];
const filters = lanes.map((name) => `test/faults/lanes/${name}.test.ts`);
const vitest = await startVitest('test', filters, { run: true, watch: false, project: ['temporal'] });
// A process that has died leaves no test that failed.
const died = vitest.state.getUnhandledErrors().length > 0;
const failed = died || vitest.state.getTestModules().some((module) => !module.ok());
await vitest.close();
const lines = existsSync(report) ? readFileSync(report, 'utf8').split('\n') : [];
const noted = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Played);
const pieceOf = (each: Played): string =>
  `${playOf(each)}, ${each.rows ? 'strikes' : each.endings ? 'endings' : 'deaths'}`;
const played = [...new Map(noted.map((each) => [pieceOf(each), each])).values()];
await rm(folder, { recursive: true, force: true });
const bad = played
  .flatMap(({ rows = [], endings = [], deaths = [] }) => [...rows, ...endings, ...deaths])
  .filter(({ end }) => end === 'broken' || end === 'uncovered');
for (const { id, end, why = '' } of bad) process.stdout.write(`${end}: ${id} ${why}\n`);
const results = resultsOf(played);
process.stdout.write(`\n${reportOf(results)}\n`);
if (keep && !failed && bad.length === 0) await writeFile(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`);
process.exit(failed || played.length === 0 ? 1 : 0);

function among(names: string | undefined, name: string): boolean {
  return names?.split(',').includes(name) ?? true;
}
