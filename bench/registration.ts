import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measureAtOnce } from './parts/atOnce.ts';
import { measureCosts } from './parts/costs.ts';
import { measureEdits } from './parts/edits.ts';
import { measureFormer } from './parts/former.ts';
import { measurePairs } from './parts/pairs.ts';
import { type Measured, pageOf, PAGE, RESULTS, type Results } from './parts/page.ts';
import { measureStart } from './parts/start.ts';

// What a registration costs and how long it takes: `npm run bench [-- PART… --pairs=20 --at-once=1,10,20 --starts=10
// --former=20]`. Writes the figures to bench/results/ and the page that shows them. Parts that are not asked for keep the
// figures of before.

const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: {
    pairs: { type: 'string', default: '20' },
    'at-once': { type: 'string', default: '1,10,20' },
    starts: { type: 'string', default: '10' },
    former: { type: 'string', default: '20' },
  },
});

const PARTS: { readonly [Part in keyof Results]: () => Promise<Results[Part]['figures']> } = {
  costs: measureCosts,
  start: () => measureStart(Number(values.starts)),
  pairs: () => measurePairs(Number(values.pairs)),
  former: () => measureFormer(Number(values.former)),
  atOnce: () => measureAtOnce(values['at-once'].split(',').map(Number)),
  edits: async () => measureEdits([10, 100, 1_000, 10_000]),
};

for (const part of asked)
  if (!Object.hasOwn(PARTS, part)) throw new Error(`there is no part ${part}: ${Object.keys(PARTS).join(', ')}`);

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
