import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

// The converter that people copy is the one that test/workflows/encrypted.test.ts runs.

test('the converter of docs/how-to/encrypt-histories.md is the tested one', () => {
  const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  const shown = /```js\n([^]*?)```/.exec(read('docs/how-to/encrypt-histories.md'))?.[1];
  const tested = read('test/fixtures/encryptingConverter.mjs').replace(/^\/\/ The example.*\n\n/m, '');
  expect(shown).toBe(tested);
});
