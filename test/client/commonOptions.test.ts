import { Command } from 'commander';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
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

async function run(timeout: string): Promise<void> {
  const program = new Command();
  addCommonOptions(program);
  program.command('wait').action(() => undefined);
  await program.parseAsync(['wait', '--timeout', timeout], { from: 'user' });
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
