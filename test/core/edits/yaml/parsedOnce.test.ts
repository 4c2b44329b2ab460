import { expect, it } from 'vitest';
import { parse } from '../../../../core/edits/yaml/yamlDocument.ts';

it('the files of a thousand clients are parsed once for all the edits of one of them', () => {
  // As large as `npm run bench` makes them, before and after the edit of each.
  const files = [2_200_000, 560_000, 200_000, 200_000, 140_000].flatMap((length) =>
    ['before', 'after'].map((when) => `${when}: |\n${`  ${'x'.repeat(97)}\n`.repeat(length / 100)}`),
  );
  const first = files.map((text) => parse(text));
  for (const [i, text] of files.entries()) expect(parse(text) === first[i]).toBe(true);
});
