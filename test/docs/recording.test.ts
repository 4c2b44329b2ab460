import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { STEPS } from '../../core/run/steps.ts';
import { frame } from '../../scripts/recording/frame.ts';

const image = readFileSync(new URL('../../docs/images/demo.svg', import.meta.url), 'utf8');
/** Each word stands by itself in it, a line's words one behind the other. */
const words = image.replaceAll(/(<[^>]*>|\s)+/g, ' ');

it('a recording loses nothing that was written, merges what comes at once, and cuts pauses short', () => {
  const played = [0, 100, 250, 60_000, 60_900].map((atMs, i) => ({ atMs, text: `${i} ` }));

  const shown = frame('x', played);

  expect(shown.map(({ text }) => text).join('')).toBe('$ x\r\n0 1 2 3 4 ');
  const [first = 0, ...times] = shown.slice(5).map(({ atMs }) => atMs);
  expect(times.map((atMs) => atMs - first)).toEqual([1_500, 2_400, 8_400]);
});

it('the recording of the demo is small, moves, and shows what the demo says', () => {
  expect(Buffer.byteLength(image)).toBeLessThan(200_000);
  expect(image).toContain('@keyframes');
  for (const said of ['Registering zot', ...STEPS, 'taking everything back', 'no difference: everything is as it was'])
    expect(words, 'npm run recording').toContain(said);
});
