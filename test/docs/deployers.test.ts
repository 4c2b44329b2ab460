import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { LONG_LIVES, SERVED, type Struck } from '../e2e/deployers/lives.ts';
import { stepsOf, STRIKES } from '../e2e/deployers/steps.ts';
import { countsOf, deployersPage, pairsOf, pairWords, wordsOf } from '../e2e/deployers/page.ts';
import { metCells, SINGLE } from '../e2e/deployers/proofs.ts';
import { refusalOf, REFUSALS } from '../e2e/deployers/refusals.ts';
import { CELLS, JOBS, type Setting } from '../e2e/deployers/settings.ts';

const read = (file: string): string => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
const met = metCells();

it('every combination is run by some test, or refused by name', () => {
  const counts = countsOf(met);
  process.stdout.write(`${wordsOf(counts)}\n`);
  expect(counts.left).toEqual([]);
  expect(counts.refused).toBe(CELLS.filter((cell) => refusalOf(cell) !== undefined).length);
});

it('npm run test:long meets every pair that is not refused, and npm test all but those that the page lists', () => {
  const wanted = pairsOf(CELLS.filter((cell) => refusalOf(cell) === undefined));
  const every = pairsOf(met.map(({ cell }) => cell));
  expect([...wanted].filter((pair) => !every.has(pair))).toEqual([]);
  expect(read('docs/reference/deployers.md')).toContain(pairWords(met));
});

it('npm run test:long strikes every job of every deployer in each of its steps, in each way', () => {
  const named = ({ deployer }: Setting, { job, ending, step }: Struck): string =>
    `${deployer}: ${job} ${ending} in ${step}`;
  const struck = new Set(LONG_LIVES.flatMap((life) => life.struck.map((each) => named(life.setting, each))));
  const all = SERVED.flatMap((setting) =>
    JOBS.flatMap((job) =>
      STRIKES.flatMap((ending) => stepsOf(job, ending, setting).map((step) => named(setting, { job, ending, step }))),
    ),
  );
  expect(all.length).toBeGreaterThan(500);
  expect([...new Set(all)].filter((each) => !struck.has(each))).toEqual([]);
});

it.each([
  ...SINGLE.map(({ file, title }) => [`test/e2e/${file}${file.endsWith('SourcesLife') ? '' : '.test'}.ts`, title]),
  ...REFUSALS.map(({ file, title }) => [file, title]),
])('%s has a test %s', (file, title) => {
  expect(
    read(file)
      .split('\n')
      .some((line) => line.includes(`'${title}`) || line.includes(`"${title}`)),
  ).toBe(true);
});

it('docs/reference/deployers.md is what npm run schemas writes', () => {
  const page = read('docs/reference/deployers.md');
  expect(deployersPage(page)).toBe(page);
});
