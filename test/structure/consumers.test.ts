import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { KINDS } from '../../core/consumers/kinds.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const LAYERS = ['core', 'activities', 'workflows', 'integrations', 'worker', 'client'];
const names = KINDS.map(({ kind }) => kind).join('|');

/**
 * What the job writes for a kind is made of what people write of it, and the wait for its Secret is one with that for Authentik's: they
 * stand below the kinds.
 */
const BELOW: readonly string[] = [
  'activities/waits/consumerSecret.ts',
  'core/edits/ansible/ansibleNames.ts',
  'core/kubernetes/consumerSecret.ts',
];

/** Files of the product outside the modules of kinds, with their texts. A consumer's ExternalSecret has one more, where it is deployed. */
const others = LAYERS.flatMap((layer) =>
  readdirSync(path.join(root, layer), { recursive: true, encoding: 'utf8' }).map((file) => `${layer}/${file}`),
)
  .filter(
    (file) =>
      file.endsWith('.ts') && !/^(core\/consumers|activities\/consumers|activities\/deploy\/consumers)\//.test(file),
  )
  .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }));

function filesWith(pattern: RegExp): readonly string[] {
  return others
    .filter(({ text }) => pattern.test(text))
    .map(({ file }) => file)
    .toSorted();
}

test('nobody but its own module takes a consumer for one of a kind', () => {
  expect(others.length).toBeGreaterThan(200);
  expect(filesWith(new RegExp(`\\bkind\\b *[!=]== *'(${names})'`))).toEqual([]);
  // The name of the third is also that of Authentik's own entry.
  expect(filesWith(/case '(ansible|manual)'/)).toEqual([]);
});

test('nobody imports the module of a kind, but what stands below the kinds', () => {
  expect(filesWith(new RegExp(`from '[^']*/consumers/(${names})/`))).toEqual(BELOW);
});
