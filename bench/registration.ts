import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { measureCosts } from './parts/costs.ts';
import { measureEdits } from './parts/edits.ts';
import { measurePairs } from './parts/pairs.ts';
import { type Measured, pageOf, PAGE, RESULTS, type Results } from './parts/page.ts';

// What a registration costs and how long it takes: `npm run bench [-- PART…] [-- --pairs=20]`. Writes the figures to bench/results/ and
// the page that shows them. Parts that are not asked for keep the figures of before.

const words = process.argv.slice(2);
const asked = words.filter((word) => !word.startsWith('-'));
const pairs = Number(words.find((word) => word.startsWith('--pairs='))?.slice('--pairs='.length) ?? 20);

const PARTS: { readonly [Part in keyof Results]: () => Promise<Results[Part]['figures']> } = {
  costs: measureCosts,
  pairs: () => measurePairs(pairs),
  edits: async () => measureEdits([10, 100, 1_000, 10_000]),
};

const results = JSON.parse(readFileSync(RESULTS, 'utf8')) as { -readonly [Part in keyof Results]: Results[Part] };
for (const part of Object.keys(PARTS) as (keyof Results)[]) {
  if (asked.length > 0 && !asked.includes(part)) continue;
  process.stderr.write(`measuring ${part} …\n`);
  Object.assign(results, { [part]: { ...measured(), figures: await PARTS[part]() } });
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(PAGE, pageOf(results));
}
process.stdout.write(pageOf(results));
process.exit();

function measured(): Measured {
  const commit = execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' }).trim();
  return {
    on: new Date().toISOString().slice(0, 10),
    commit,
    node: process.versions.node,
    cores: availableParallelism(),
    load: Math.round(loadavg()[0] ?? 0),
  };
}
