import { describe } from 'vitest';
import { describeTransformed } from '../e2e/transformedLife.ts';
import { REAL } from './backends.ts';

// On the stand-ins they run with the end-to-end tests.
describe.skipIf(REAL === undefined)('on real clusters,', () => {
  describeTransformed(REAL?.options ?? {}, true);
});
