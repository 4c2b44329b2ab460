import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const LAYERS = ['core', 'activities', 'workflows', 'integrations', 'worker', 'client'];

/** Files of what is shipped that say this, beside the module of ids; comments may. */
function filesSaying(words: RegExp): readonly string[] {
  return LAYERS.flatMap((layer) =>
    readdirSync(path.join(root, layer), { recursive: true, encoding: 'utf8' }).map((file) => `${layer}/${file}`),
  ).filter((file) => {
    if (!file.endsWith('.ts') || file === 'core/run/ids.ts') return false;
    const code = readFileSync(path.join(root, file), 'utf8').replaceAll(/^ *(\/?\*|\/\/).*$/gm, '');
    return words.test(code);
  });
}

test('ids of workflows and Schedules are built in one module, by the name of the installation', () => {
  // It reads them in a text, with or without a name.
  expect(filesSaying(/oidc-(client|check|plan|doctor|rotate)\b/)).toEqual(['client/asTyped.ts']);
  expect(filesSaying(/\bIDS\b/)).toEqual([]);
  expect(filesSaying(/taskQueue: *['"]|--task-queue oidc/)).toEqual([]);
});
