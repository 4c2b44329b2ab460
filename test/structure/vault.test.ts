import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A vault's own rooms: those of a second one go beside them. */
const ROOMS = /^(core\/vault|integrations)\/onepassword\//;

/** The one line a layer that names each vault. */
const LISTS: ReadonlySet<string> = new Set([
  'core/vault/settings.ts',
  'core/vault/vaults.ts',
  'core/vault/fromFiles.ts',
  'worker/openVault.ts',
]);

/** Its name, its folder, its references, its program, its library; its item, sections and types of fields. */
const WORDS =
  /1Password|onepassword|op:\/\/|\bop (?:read|item)\b|OP_[A-Z]+_|\bitem(?:Title|Id)\b|'CONCEALED'|Connect server/;

function filesSaying(words: RegExp): readonly string[] {
  return ['core', 'activities', 'workflows', 'worker', 'client', 'integrations']
    .flatMap((layer) =>
      readdirSync(path.join(root, layer), { recursive: true, encoding: 'utf8' }).map((file) => `${layer}/${file}`),
    )
    .filter((file) => file.endsWith('.ts') && words.test(readFileSync(path.join(root, file), 'utf8')));
}

test('nothing but its own rooms and a line a layer knows which vault there is', () => {
  const found = filesSaying(WORDS);
  expect(found).toContain('core/vault/onepassword/words.ts');
  expect(found.filter((file) => !ROOMS.test(file) && !LISTS.has(file))).toEqual([]);
});
