import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { atTerminal } from '../fixtures/terminal.ts';

const program = (file: string): readonly string[] => [process.execPath, fileURLToPath(new URL(file, import.meta.url))];
/** No command of this file gets so far as to ask Temporal. */
const NOWHERE = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

it.each([
  ['Ctrl-C', CTRL_C],
  ['Ctrl-D', CTRL_D],
])('whoever is asked something leaves by %s, and nothing is done', async (_key, key) => {
  const deregister = [...program('../../client/cli.ts'), 'deregister', 'zot'];
  const { screen, code } = await atTerminal(deregister, [['to go on:', key]], NOWHERE);
  expect(screen).toContain('oidc-registrar: the question was left\nNothing was done.');
  // Neither a place in the code nor a warning of Node.js.
  expect(screen).not.toMatch(/\n +at |Error|Warning/);
  expect(code).toBe(1);
});

it('whoever leaves a run by Ctrl-C is told that it goes on, and no step is shown as failed', async () => {
  const { screen, code } = await atTerminal(program('followed.ts'), [['for ever', CTRL_C]], NOWHERE);
  expect(screen).toContain(
    '\noidc-client/zot goes on: see oidc-registrar status zot. oidc-registrar cancel zot lets it take everything back.',
  );
  expect(screen).not.toMatch(/[✖✗]/);
  const [hidden, shown] = ['\u001B[?25l', '\u001B[?25h'].map((sequence) => screen.lastIndexOf(sequence));
  expect(shown, 'the cursor is there again').toBeGreaterThan(hidden ?? -1);
  expect(code).toBe(130);
});
