import { spawn, type ChildProcess } from 'node:child_process';
import { beforeEach, expect, test, vi } from 'vitest';
import { errorOf } from '../fixtures/errors.ts';
import { testRepository } from '../fixtures/gitops.ts';

const started: ChildProcess[] = [];
vi.mock('node:child_process', async (original) => {
  const real = await original<{ spawn: typeof spawn }>();
  const watched = (...args: Parameters<typeof spawn>): ChildProcess => {
    const program = real.spawn(...args);
    if (args[0] === 'git') started.push(program);
    return program;
  };
  return { ...real, spawn: watched };
});

beforeEach(() => {
  started.length = 0;
});

const BIG = 'a line of the file\n'.repeat(60_000);

async function fetched() {
  const { git } = await testRepository({ 'a.txt': 'a\n', 'empty.txt': '', 'below/big.txt': BIG, 'a b.txt': 'two\n' });
  await git.fetch();
  const head = (await git.head('main')) ?? '';
  return { git, head };
}

test('one process reads every object, whatever its size, in the order in which they are asked for', async () => {
  const { git, head } = await fetched();
  const paths = ['below/big.txt', 'a.txt', 'empty.txt', 'a b.txt', 'none.txt', 'below/none.txt'];
  const texts = await Promise.all(paths.map((path) => git.readFile(head, path)));
  expect(texts).toEqual([BIG, 'a\n', '', 'two\n', undefined, undefined]);
  expect(started).toHaveLength(1);
});

test('where it is killed, whoever waits for an answer is told, and the next question begins another', async () => {
  const { git, head } = await fetched();
  expect(await git.readFile(head, 'a.txt')).toBe('a\n');
  started[0]?.kill('SIGSTOP');
  const waiting = errorOf(git.readFile(head, 'below/big.txt'));
  started[0]?.kill('SIGKILL');
  expect(await waiting).toMatchObject({ kind: 'Unavailable', retryable: true });
  expect(await git.readFile(head, 'below/big.txt')).toBe(BIG);
  expect(started).toHaveLength(2);
});

test('an object that was made since is read by the process that runs', async () => {
  const { git, head } = await fetched();
  expect(await git.readFile(head, 'a.txt')).toBe('a\n');
  const made = await git.commit({
    parent: head,
    changes: [{ path: 'new.txt', text: 'new\n' }],
    subject: 'test: one file',
    trailers: {},
  });
  expect(await git.readFile(made, 'new.txt')).toBe('new\n');
  expect(started).toHaveLength(1);
});
