// After the build: what the sandbox's package holds. It is the sandbox's part of `dist`, which finds the rest by the name of its package.
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const built = fileURLToPath(new URL('../dist/sandbox', import.meta.url));
const packed = fileURLToPath(new URL('../sandbox/dist', import.meta.url));
await rm(packed, { recursive: true, force: true });
await cp(built, packed, { recursive: true, filter: (file) => !file.endsWith('.js.map') });
for (const file of await readdir(packed, { recursive: true })) {
  if (!file.endsWith('.js')) continue;
  const text = await readFile(path.join(packed, file), 'utf8');
  const renamed = text.replaceAll(/(\b(?:from|import) ?\(?')(\.{1,2}\/[^']+)(?=')/g, (all, before, target) => {
    const place = path.join('sandbox', path.dirname(file), target);
    return place.startsWith('sandbox/') ? all : `${before}oidc-registrar/dist/${place}`;
  });
  await writeFile(path.join(packed, file), renamed.replace(/^\/\/# sourceMappingURL=.*$/m, ''));
}
await cp(fileURLToPath(new URL('../LICENSE', import.meta.url)), path.join(packed, 'LICENSE'));
