import { describe, expect, test } from 'vitest';
import { jsonOf, NoAnswer, pagesOf, textOf } from '../../integrations/httpAnswer.ts';

async function* endless(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  for (;;) yield chunk;
}

describe('a body', () => {
  test('is read to its end, characters whole that two chunks share', async () => {
    const bytes = Buffer.from('{"name":"Übung"}');
    const inTwo = new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(bytes.subarray(0, 10));
          controller.enqueue(bytes.subarray(10));
          controller.close();
        },
      }),
    );
    expect(jsonOf(await textOf(inTwo.body))).toEqual({ name: 'Übung' });
    expect(await textOf(null)).toBe('');
  });

  test('that does not end is given up, and the limit is named', async () => {
    const reading = textOf(endless(new Uint8Array(60_000)), 100_000);
    await expect(reading).rejects.toThrow(new NoAnswer('answered with more than 100000 bytes'));
  });

  test.each([
    ['<!DOCTYPE html>\n<title>Sign in</title>', 'answered with a web page, as a log-in proxy in front of it does'],
    ['\n<HTML lang="en">', 'answered with a web page, as a log-in proxy in front of it does'],
    ['', 'answered with nothing'],
    [' \n', 'answered with nothing'],
    ['404 page not found', 'answered with something that is not JSON'],
    ['{"items": [', 'answered with something that is not JSON'],
  ])('that is %j is no JSON', (text, why) => {
    expect(() => jsonOf(text)).toThrow(new NoAnswer(why));
  });
});

describe('pages', () => {
  async function all(ask: (key: number) => Promise<readonly [number, number | undefined]>): Promise<readonly number[]> {
    const pages: number[] = [];
    for await (const page of pagesOf(1, ask)) pages.push(page);
    return pages;
  }

  test('are asked for one after another, until one is the last', async () => {
    expect(await all(async (key) => [key * 10, key < 3 ? key + 1 : undefined])).toEqual([10, 20, 30]);
  });

  test('end where one comes again', async () => {
    await expect(all(async (key) => [key, key < 3 ? key + 1 : 1])).rejects.toThrow('a list that does not end');
  });

  test('end where there are always more', async () => {
    let asked = 0;
    const more = all(async (key) => {
      asked += 1;
      return [key, key + 1];
    });
    await expect(more).rejects.toThrow('a list that does not end');
    expect(asked).toBe(1_000);
  });
});
