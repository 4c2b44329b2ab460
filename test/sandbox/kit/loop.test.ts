import { describe, expect, onTestFinished, test } from 'vitest';
import { RegistrarError, type ErrorKind } from '../../../core/base/errors.ts';
import { complainOf, sleep, startLoop, unlessOvertaken } from '../../../sandbox/kit/loop.ts';
import { eventually } from '../../fixtures/polling.ts';

function ours(kind: ErrorKind, message = 'x'): RegistrarError {
  return new RegistrarError({ system: 'Kubernetes', kind, message, remedy: 'none' });
}

describe('a controller loop', () => {
  test('goes on after an error, and tells of it', async () => {
    const told: unknown[] = [];
    let looks = 0;
    const loop = startLoop(
      async () => {
        looks += 1;
        if (looks === 1) throw new Error('first look');
      },
      5,
      (error) => void told.push(error),
    );
    onTestFinished(() => loop.stop());
    await eventually(
      () => looks,
      (count) => count > 2,
    );
    expect(told).toEqual([new Error('first look')]);
  });

  test('looks at once when it is kicked', async () => {
    let looks = 0;
    const loop = startLoop(async () => void (looks += 1), 60_000);
    onTestFinished(() => loop.stop());
    await sleep(5);
    loop.kick();
    await eventually(
      () => looks,
      (count) => count === 2,
    );
  });

  test('looks seldom while what it looks at stays the same, and soon after it has changed', async () => {
    const seen: { readonly version: number; readonly asked: number }[] = [];
    let [version, asked] = [0, 0];
    const loop = startLoop(
      async () => void seen.push({ version, asked }),
      5,
      undefined,
      () => {
        asked += 1;
        return version;
      },
    );
    onTestFinished(() => loop.stop());
    const looksUntil = async (enough: number): Promise<void> =>
      void (await eventually(
        () => asked,
        (count) => count >= enough,
      ));
    await looksUntil(30);
    expect(seen.length).toBeLessThan(asked / 3);
    expect(seen.length).toBeGreaterThan(1);

    const before = asked;
    version = 1;
    await eventually(
      () => seen.at(-1)?.version,
      (last) => last === 1,
    );
    // How often it was asked is told by the look itself: whoever waits for it may come late.
    const first = seen.find((look) => look.version === 1);
    expect((first?.asked ?? Infinity) - before).toBeLessThan(4);
  });

  test('stops in the middle of a look that hangs, and tells of no error then', async () => {
    const told: unknown[] = [];
    const loop = startLoop(
      (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')));
        }),
      5,
      (error) => void told.push(error),
    );
    await sleep(5);
    await loop.stop();
    expect(told).toEqual([]);
  });
});

test('a sleep ends early when its signal does, or has ended before', async () => {
  const ending = new AbortController();
  // Longer than a test may take.
  const sleeping = sleep(60_000, ending.signal);
  ending.abort();
  await sleeping;
  await sleep(60_000, ending.signal);
});

test('a complaint is written once as long as it stays the same', () => {
  const lines: string[] = [];
  const complain = complainOf('kubelet', (line) => void lines.push(line));
  for (const message of ['a', 'a', 'b', 'b', 'a']) complain(new Error(message));
  expect(lines).toEqual(['a', 'b', 'a'].map((message) => `sandbox: kubelet: Error: ${message}\n`));
});

describe('being overtaken by another writer', () => {
  test.each<ErrorKind>(['Conflict', 'NotFound'])('%s is left to the next look', async (kind) => {
    await unlessOvertaken(async () => {
      throw ours(kind);
    });
  });

  test.each([
    ours('Unavailable', 'answered 503 after 409 tries, page 404'),
    ours('Unauthorized'),
    new Error('404 and 409 in its words'),
  ])('%s is not', async (error) => {
    const work = async (): Promise<void> => {
      throw error;
    };
    await expect(unlessOvertaken(work)).rejects.toBe(error);
  });
});
