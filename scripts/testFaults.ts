import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';
import { type Played, reportOf, RESULTS, resultsOf } from '../test/faults/report.ts';
import { STORIES } from '../test/faults/target.ts';

/**
 * The fault matrix. Closes with its tables, and fails where a cell is broken or its fault was not met. `--story NAME`,
 * `--way forward|back`, `--part strikes|endings`, `--step ACTIVITY`, `--fault TEXT` and `--sample N --seed S` (so many attempts of each story
 * and way, and a thirtieth as many runs) choose. `--keep` writes what docs/reliability.md shows.
 */
const text = { type: 'string' } as const;
const options = {
  story: text,
  way: text,
  part: text,
  step: text,
  fault: text,
  sample: text,
  seed: text,
  keep: { type: 'boolean' },
} as const;
const { story, seed, sample, keep = false, ...names } = parseArgs({ options }).values;
const numbers = {
  ...(seed === undefined ? {} : { seed: Number(seed) }),
  ...(sample === undefined ? {} : { sample: Number(sample) }),
};
const folder = await mkdtemp(path.join(tmpdir(), 'fault-matrix-'));
const report = path.join(folder, 'played');
process.env['FAULTS'] = JSON.stringify({ ...names, ...numbers });
process.env['FAULTS_REPORT'] = report;
const lanes = STORIES.filter((name) => story === undefined || name === story);
const filters = lanes.map((name) => `test/faults/lanes/${name}.test.ts`);
const vitest = await startVitest('test', filters, { run: true, watch: false, project: ['temporal'] });
// A process that has died leaves no test that failed.
const died = vitest.state.getUnhandledErrors().length > 0;
const failed = died || vitest.state.getTestModules().some((module) => !module.ok());
await vitest.close();
const lines = existsSync(report) ? readFileSync(report, 'utf8').split('\n') : [];
const played = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Played);
await rm(folder, { recursive: true, force: true });
for (const { id, end, why = '' } of played.flatMap(({ rows = [], endings = [] }) => [...rows, ...endings]))
  if (end === 'broken' || end === 'uncovered') process.stdout.write(`${end}: ${id} ${why}\n`);
const chosen = process.argv.slice(2).filter((word) => word !== '--keep');
const results = resultsOf(played, chosen.join(' '));
process.stdout.write(`\n${reportOf(results)}\n`);
if (keep && !failed) await writeFile(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`);
process.exit(failed || played.length === 0 ? 1 : 0);
