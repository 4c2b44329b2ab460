import { startVitest } from 'vitest/node';
import { clusterTable } from './clusterTable.ts';
import { findTools, withoutFlux } from '../test/cluster/tools.ts';

/**
 * Runs the tests and closes with one line, `N passed, N failed`, that any CI can read. Arguments are filters of test
 * files, as vitest takes them; `--long` runs those too that take minutes each; `--cluster` runs the suite of real clusters
 * instead of all others, and tells of each file what it ran on, and how long; `--all` runs both.
 */
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const all = process.argv.includes('--all');
const onClusters = all || process.argv.includes('--cluster');
// What takes long is run where it is asked for, by name or as a whole.
const long = process.argv.includes('--long') || filters.length > 0;
if (long) process.env['TEST_LONG'] = 'true';
else if (all || !onClusters) process.stderr.write('The long tests are left out; npm run test:long runs all.\n');
const tools = findTools();
if (onClusters) {
  if (typeof tools === 'string') process.stderr.write(`Real clusters are left out, stand-ins only: ${tools}.\n`);
  const flux = typeof tools === 'string' ? undefined : withoutFlux(tools);
  if (flux !== undefined)
    process.stderr.write(`The real Flux is left out: ${flux}; test/cluster/flux/flux.sh build makes it.\n`);
}
const count = { passed: 0, failed: 0, skipped: 0 };
let table = '';
for (const project of rounds()) {
  const vitest = await startVitest('test', filters, { run: true, watch: false, project: [...project] });
  const modules = vitest.state.getTestModules();
  for (const test of modules.flatMap((module) => [...module.children.allTests()])) {
    const { state } = test.result();
    if (state !== 'pending') count[state] += 1;
  }
  // A file that fails to load, or a hook that fails, has no failing test of its own.
  count.failed += modules.filter((module) => !module.ok() && ![...module.children.allTests('failed')].length).length;
  count.failed += vitest.state.getUnhandledErrors().length;
  await vitest.close();
  const onSome = modules.filter((module) => module.project.name === 'cluster');
  if (onSome.length > 0) table = `\n${clusterTable(onSome)}`;
}
const { passed, failed, skipped } = count;
process.stdout.write(`${table}\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

/** The projects that run beside each other: two real clusters have the machine to themselves, stand-ins need not. */
function rounds(): readonly (readonly string[])[] {
  const usual = ['unit', 'temporal', 'kinds'];
  if (!all) return [onClusters ? ['cluster'] : usual];
  return typeof tools === 'string' ? [[...usual, 'cluster']] : [usual, ['cluster']];
}
