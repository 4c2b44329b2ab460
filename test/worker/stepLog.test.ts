import { Context } from '@temporalio/activity';
import { DefaultLogger } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test, vi } from 'vitest';
import { StepLog } from '../../worker/stepLog.ts';

/** The lines of one activity, asked with these. */
async function linesOf(args: readonly unknown[], act: () => Promise<unknown>): Promise<readonly unknown[][]> {
  const lines: unknown[][] = [];
  const environment = new MockActivityEnvironment(
    { activityType: 'storeSecret' },
    { logger: new DefaultLogger('ERROR') },
  );
  const running = environment.run(async () => {
    vi.spyOn(Context.current().log, 'info').mockImplementation((...line: unknown[]) => void lines.push(line));
    return new StepLog().execute({ args: [...args], headers: {} }, act);
  });
  await running.catch(() => undefined);
  return lines;
}

test('a step that is done is one line, with its client, its change and how long it took, and nothing else of its input', async () => {
  const job = { client: 'zot', changeId: 'c1', branch: 'b', registration: { metadata: { name: 'zot' } } };
  const lines = await linesOf([job], async () => 'done');
  expect(lines).toEqual([['storeSecret is done', { client: 'zot', changeId: 'c1', tookMs: expect.any(Number) }]]);
  const bare = await linesOf([], async () => 'done');
  expect(bare).toEqual([['storeSecret is done', { tookMs: expect.any(Number) }]]);
});

test('one that fails is none: Temporal logs that', async () => {
  expect(await linesOf([{ client: 'zot' }], async () => Promise.reject(new Error('no')))).toEqual([]);
});
