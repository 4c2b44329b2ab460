import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Results, PAGE, pageOf, RESULTS } from '../../bench/parts/page.ts';

it('docs/explanation/performance.md is what npm run bench makes of its figures', () => {
  const results = JSON.parse(readFileSync(RESULTS, 'utf8')) as Results;
  expect(readFileSync(PAGE, 'utf8')).toBe(pageOf(results));
});
