import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { measureAtOnce } from './parts/atOnce.ts';
import { measureCosts } from './parts/costs.ts';
import { measureEdits } from './parts/edits.ts';
import { measureFormer } from './parts/former.ts';
import { measurePairs } from './parts/pairs.ts';
import { type Measured, pageOf, PAGE, RESULTS, type Results } from './parts/page.ts';
import { measureStart } from './parts/start.ts';

// What a registration costs and how long it takes: `npm run bench [-- PART…] [-- --pairs=20 --at-once=1,10,20 --starts=10 --former=20]`. Writes the figures to bench/results/ and
// the page that shows them. Parts that are not asked for keep the figures of before.

const words = process.argv.slice(2);
const asked = words.filter((word) => !word.startsWith('-'));
const option = (name: string, otherwise: string): string =>
  words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise;

const PARTS: { readonly [Part in keyof Results]: () => Promise<Results[Part]['figures']> } = {
  costs: measureCosts,
  start: () => measureStart(Number(option('starts', '10'))),
  pairs: () => measurePairs(Number(option('pairs', '20'))),
  former: () => measureFormer(Number(option('former', '20'))),
  atOnce: () => measureAtOnce(option('at-once', '1,10,20').split(',').map(Number)),
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
