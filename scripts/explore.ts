import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

/**
 * Plays schedules until the time is up or one of them breaks a promise: `--seconds N` (600), `--seed S` (any). What breaks one is made as
 * short as it gets, and kept in `test/explorer/kept`. `--spoiled NAME` plays a copy of the workflows with that fault of
 * `test/explorer/spoils.ts` in it, which must be found.
 */
const options = { seconds: { type: 'string' }, seed: { type: 'string' }, spoiled: { type: 'string' } } as const;
const { values } = parseArgs({ options });
process.env['EXPLORE_SECONDS'] = values.seconds ?? '600';
process.env['EXPLORE_SEED'] = values.seed ?? String(Date.now() % 1_000_000);
if (values.spoiled !== undefined) process.env['EXPLORE_SPOILED'] = values.spoiled;
const vitest = await startVitest('test', ['test/explorer/'], { run: true, watch: false, project: ['temporal'] });
const failed = vitest.state.getTestModules().some((module) => !module.ok());
await vitest.close();
process.exit(failed ? 1 : 0);
