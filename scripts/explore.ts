import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

/**
 * Plays schedules until the time is up or one of them breaks a promise: `--seconds N` (600), `--seed S` (any). What breaks one is made as
 * short as it gets, and kept in `test/explorer/kept`.
 */
const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } });
process.env['EXPLORE_SECONDS'] = values.seconds ?? '600';
process.env['EXPLORE_SEED'] = values.seed ?? String(Date.now() % 1_000_000);
const vitest = await startVitest('test', ['test/explorer/'], { run: true, watch: false, project: ['temporal'] });
const failed = vitest.state.getTestModules().some((module) => !module.ok());
await vitest.close();
process.exit(failed ? 1 : 0);
