import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { DEPLOY_BY } from '../../core/installation/deployers.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const LAYERS = ['core', 'activities', 'workflows', 'integrations', 'worker', 'client'];
const names = DEPLOY_BY.join('|');

function filesSaying(words: RegExp): readonly string[] {
  return LAYERS.flatMap((layer) =>
    readdirSync(path.join(root, layer), { recursive: true, encoding: 'utf8' }).map((file) => `${layer}/${file}`),
  ).filter((file) => file.endsWith('.ts') && words.test(readFileSync(path.join(root, file), 'utf8')));
}

test('nobody asks which deployer there is: what it can do is asked of it', () => {
  expect(filesSaying(/\bdeployBy\b/)).toContain('activities/deploy/deployerOf.ts');
  expect(filesSaying(new RegExp(`\\bdeployBy\\)? *[!=]== *|case '(${names})'`))).toEqual([]);
});
