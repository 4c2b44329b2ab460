import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { deployersPage } from '../test/e2e/deployers/page.ts';
import { schemaTexts } from './schemaTexts.ts';
import { settingsPage } from './settingsPage.ts';

for (const [file, text] of Object.entries(schemaTexts())) {
  await writeFile(fileURLToPath(new URL(`../schemas/${file}`, import.meta.url)), text);
  process.stdout.write(`schemas/${file}\n`);
}

for (const [page, written] of [
  ['docs/reference/registrar-yaml.md', settingsPage],
  ['docs/reference/deployers.md', deployersPage],
] as const) {
  const file = fileURLToPath(new URL(`../${page}`, import.meta.url));
  await writeFile(file, written(await readFile(file, 'utf8')));
  process.stdout.write(`${page}\n`);
}
