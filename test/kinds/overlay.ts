import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vitest/config';

const here = fileURLToPath(new URL('./', import.meta.url));
const root = path.join(here, '../..');

/**
 * Whoever imports a file of the product that this folder has, too, gets that of this folder; it alone gets the product's. So the lists
 * of kinds have one more in the processes of this project, and nothing is registered anywhere that other tests could see.
 */
export function overlay(): Plugin {
  return {
    name: 'overlay',
    enforce: 'pre',
    async resolveId(source, importer, options) {
      const found = await this.resolve(source, importer, { ...options, skipSelf: true });
      if (found === null || !found.id.startsWith(root)) return found;
      const instead = path.join(here, path.relative(root, found.id));
      return importer !== instead && existsSync(instead) ? instead : found;
    },
  };
}
