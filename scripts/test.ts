import { startVitest } from 'vitest/node';

/**
 * Runs the tests and closes with one line, `N passed, N failed`, that any CI can read. Arguments are filters of test
 * files, as vitest takes them.
 */
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const vitest = await startVitest('test', filters, { run: true, watch: false });
const modules = vitest.state.getTestModules();
const tests = modules.flatMap((module) => [...module.children.allTests()]);
const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
// A file that fails to load, or a hook that fails, has no failing test of its own.
const broken = modules.filter((module) => !module.ok() && ![...module.children.allTests('failed')].length).length;
const errors = vitest.state.getUnhandledErrors().length;
const failed = count('failed') + broken + errors;
const skipped = count('skipped');
await vitest.close();
process.stdout.write(`\n${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exit(failed > 0 || count('passed') === 0 ? 1 : 0);
