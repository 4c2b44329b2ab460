import { expect, it } from 'vitest';
import { inOneLook } from '../../../../core/edits/yaml/byText.ts';
import { parse } from '../../../../core/edits/yaml/yamlDocument.ts';

it('the files of a thousand clients are parsed once for all the edits of one of them', () => {
  // As large as `npm run bench` makes them, before and after the edit of each.
  const files = [2_200_000, 560_000, 200_000, 200_000, 140_000].flatMap((length) => [
    ofLength('before', length),
    ofLength('after', length),
  ]);
  const first = files.map((text) => parse(text));
  for (const [i, text] of files.entries()) expect(parse(text) === first[i]).toBe(true);
});

it('files that are larger are parsed once in a look, and not kept beyond it', () => {
  const [one, other] = [ofLength('one', 5_000_000), ofLength('other', 5_000_000)];
  const [first, second] = inOneLook(() => {
    const [before, beside] = [parse(one), inOneLook(() => parse(other))];
    expect(parse(one) === before).toBe(true);
    return [parse(one), beside];
  });
  expect(parse(one) === first).toBe(true);
  expect(parse(other) === second).toBe(false);
});

function ofLength(key: string, length: number): string {
  return `${key}: |\n${`  ${'x'.repeat(97)}\n`.repeat(length / 100)}`;
}
