import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { schemaTexts } from '../../scripts/schemaTexts.ts';
import { settingsPage } from '../../scripts/settingsPage.ts';

it.each(Object.entries(schemaTexts()))('schemas/%s is what npm run schemas writes', async (file, text) => {
  const there = await readFile(fileURLToPath(new URL(`../../schemas/${file}`, import.meta.url)), 'utf8');
  expect(there).toBe(text);
});

it('docs/reference/registrar-yaml.md is what npm run schemas writes, and says of each setting what it means', async () => {
  const page = await readFile(
    fileURLToPath(new URL('../../docs/reference/registrar-yaml.md', import.meta.url)),
    'utf8',
  );
  expect(settingsPage(page)).toBe(page);
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows.length).toBeGreaterThan(60);
  expect(rows.filter((row) => row.split(' | ').at(-1)?.trim() === '|')).toEqual([]);
});
