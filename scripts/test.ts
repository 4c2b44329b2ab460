import { startVitest } from 'vitest/node';
import { clusterTable } from './clusterTable.ts';
import { findTools, withoutFlux } from '../test/cluster/tools.ts';

/**
 * Runs the tests and closes with one line, `N passed, N failed`, that any CI can read. Arguments are filters of test
 * files, as vitest takes them; `--long` runs those too that take minutes each; `--cluster` runs the suite of real clusters
 * instead of all others, and tells of each file what it ran on, and how long.
 */
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const onClusters = process.argv.includes('--cluster');
// What takes long is run where it is asked for, by name or as a whole.
const long = process.argv.includes('--long') || filters.length > 0;
if (long) process.env['TEST_LONG'] = 'true';
else if (!onClusters) process.stderr.write('The long tests are left out; npm run test:long runs all.\n');
if (onClusters) {
  const tools = findTools();
  if (typeof tools === 'string') process.stderr.write(`Real clusters are left out, stand-ins only: ${tools}.\n`);
  const flux = typeof tools === 'string' ? undefined : withoutFlux(tools);
  if (flux !== undefined)
    process.stderr.write(`The real Flux is left out: ${flux}; test/cluster/flux/flux.sh build makes it.\n`);
}
const project = onClusters ? ['cluster'] : ['unit', 'temporal', 'kinds'];
const vitest = await startVitest('test', filters, { run: true, watch: false, project });
const modules = vitest.state.getTestModules();
const tests = modules.flatMap((module) => [...module.children.allTests()]);
const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
// A file that fails to load, or a hook that fails, has no failing test of its own.
const broken = modules.filter((module) => !module.ok() && ![...module.children.allTests('failed')].length).length;
const errors = vitest.state.getUnhandledErrors().length;
const failed = count('failed') + broken + errors;
const skipped = count('skipped');
await vitest.close();
if (onClusters) process.stdout.write(`\n${clusterTable(modules)}`);
process.stdout.write(`\n${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exit(failed > 0 || count('passed') === 0 ? 1 : 0);
