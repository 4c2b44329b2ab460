import { Command } from 'commander';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { tellError } from '../../client/output/tellError.ts';
import { refused } from '../../core/base/errors.ts';
import { addCommonOptions } from '../../client/groups/common.ts';

const HOUR_MS = 3_600_000;
const exit = vi.fn<(code?: unknown) => never>();

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(process, 'exit').mockImplementation(exit);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  exit.mockClear();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function run(timeout: string, ...options: readonly string[]): Promise<void> {
  const program = new Command();
  addCommonOptions(program);
  program
    .command('wait')
    .option('--json')
    .action(() => undefined);
  await program.parseAsync(['wait', '--timeout', timeout, ...options], { from: 'user' });
}

it.each(['1h', '25d', '99999w'])('a command waits for a --timeout of %s, and not for a moment', async (timeout) => {
  await run(timeout);
  vi.advanceTimersByTime(HOUR_MS - 1);
  expect(exit).not.toHaveBeenCalled();
});

it('a command ends once its --timeout is over', async () => {
  await run('1h');
  vi.advanceTimersByTime(HOUR_MS);
  expect(exit).toHaveBeenCalledExactlyOnceWith(2);
});

// docs/reference/command-line.md names the fields of every failure.
it.each([
  ['of a wait', async () => run('1h', '--json')],
  ['of a command', async () => tellError(refused('Git', 'no push', 'Push.'), true)],
  ['that nobody foresaw', async () => tellError(new TypeError('odd'), true)],
])('a failure %s is JSON with its system, kind, message and remedy', async (_what, fails) => {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await fails();
  vi.advanceTimersByTime(HOUR_MS);
  const said = expect.stringMatching(/\w/) as string;
  const told = JSON.parse(String(written.mock.calls.at(0)?.[0])) as unknown;
  expect(told).toEqual({ error: { system: said, kind: said, message: said, remedy: said } });
});
