import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const read = (file: string): string => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');

/** File and words of the test that each row of the tables names. */
const rows = read('docs/layouts.md')
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\| (Layout|-)|^\|-/.test(line))
  .map((line) => ({ line, evidence: /\| `([^`]+)`: (.+) \|$/.exec(line) }));

it('names many layouts', () => {
  expect(rows.length).toBeGreaterThan(20);
});

it.each(rows)('has a test for $line', ({ evidence }) => {
  const [, file = '', words = ''] = evidence ?? [];
  const lines = read(file).split('\n');
  // A title stands whole in its quotes, or begins a longer one.
  expect(lines.some((line) => line.includes(`'${words}`))).toBe(true);
});
