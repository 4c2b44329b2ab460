import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { schemaTexts } from './schemaTexts.ts';
import { settingsPage } from './settingsPage.ts';

for (const [file, text] of Object.entries(schemaTexts())) {
  await writeFile(fileURLToPath(new URL(`../schemas/${file}`, import.meta.url)), text);
  process.stdout.write(`schemas/${file}\n`);
}

const page = 'docs/reference/registrar-yaml.md';
const file = fileURLToPath(new URL(`../${page}`, import.meta.url));
await writeFile(file, settingsPage(await readFile(file, 'utf8')));
process.stdout.write(`${page}\n`);
