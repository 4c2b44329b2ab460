import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { schemaTexts } from './schemaTexts.ts';

for (const [file, text] of Object.entries(schemaTexts())) {
  await writeFile(fileURLToPath(new URL(`../schemas/${file}`, import.meta.url)), text);
  process.stdout.write(`schemas/${file}\n`);
}
