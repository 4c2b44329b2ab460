import { execa } from 'execa';
import { expect, inject, it } from 'vitest';
import { shownCommands } from '../fixtures/shownCommands.ts';

// Every command of Temporal's program that the pages show: it takes it as it stands there. What it then does, documents.test.ts shows.

/** Nobody listens there: whoever gets so far that the call fails has understood every word. */
const NOWHERE = '127.0.0.1:1';

async function said(command: string): Promise<string> {
  const program = `temporal() { '${inject('temporalCli')}' "$@" --address ${NOWHERE}; }`;
  return (await execa('bash', ['-c', `${program}\n${command}`], { all: true, reject: false })).all;
}

const shown = [...shownCommands().keys()].filter((command) => command.startsWith('temporal '));
const CALLS = `failed connecting to Temporal server at ${NOWHERE}`;

it.each(shown)('%s', async (command) => expect(await said(command)).toContain(CALLS));

it('would notice a flag, a value and a command that are none', async () => {
  expect(shown.length).toBeGreaterThan(20);
  expect(await said('temporal workflow result --workflow-id x --folow')).toContain('unknown flag: --folow');
  expect(await said('temporal workflow sart --type x')).not.toContain(CALLS);
});
