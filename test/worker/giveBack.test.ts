import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished, vi } from 'vitest';
import { giveBack } from '../../worker/giveBack.ts';

/** Garbage, and how to ask whether it is still there, with nothing of it on the stack of whoever asks. */
function garbage(): () => boolean {
  const it = new WeakRef({});
  return () => it.deref() !== undefined;
}

const THREAD = `
const { parentPort } = require('node:worker_threads');
${garbage.toString()}
const isThere = garbage();
parentPort.on('message', () => parentPort.postMessage(isThere()));
`;

it('has the garbage of each thread collected', async () => {
  const here = garbage();
  const thread = new Worker(THREAD, { eval: true });
  onTestFinished(async () => void (await thread.terminate()));
  const isThere = async (): Promise<unknown> => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    thread.postMessage('is it still there?');
    return ((await once(thread, 'message')) as readonly unknown[])[0];
  };
  expect([here(), await isThere()]).toEqual([true, true]);

  await giveBack();

  expect([here(), await isThere()]).toEqual([false, false]);
});

it('does without threads, and again', async () => {
  await giveBack();
  await expect(giveBack()).resolves.toBeUndefined();
});

it('does without an inspector', async () => {
  vi.doMock('node:inspector', () => {
    throw new Error('Inspector is not available');
  });
  onTestFinished(() => vi.doUnmock('node:inspector'));
  await expect(giveBack()).resolves.toBeUndefined();
});

it('does not wait for a thread that never answers, and leaves it', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const said: string[] = [];
  class Session {
    connect = (): unknown => said.push('connect');
    disconnect = (): unknown => said.push('disconnect');
    on = (): unknown => this;
    post = (method: string): unknown => said.push(method);
  }
  vi.doMock('node:inspector', () => ({ Session }));
  onTestFinished(() => vi.doUnmock('node:inspector'));
  const done = giveBack();
  await vi.waitFor(() => expect(said).toEqual(['connect', 'NodeWorker.enable']));
  await vi.runAllTimersAsync();
  await expect(done).resolves.toBeUndefined();
  expect(said.at(-1)).toBe('disconnect');
});
