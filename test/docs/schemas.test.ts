import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { schemaTexts } from '../../scripts/schemaTexts.ts';

it.each(Object.entries(schemaTexts()))('schemas/%s is what npm run schemas writes', async (file, text) => {
  const there = await readFile(fileURLToPath(new URL(`../../schemas/${file}`, import.meta.url)), 'utf8');
  expect(there).toBe(text);
});
