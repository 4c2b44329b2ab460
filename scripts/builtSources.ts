import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const root = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** The sources as `npm run build` compiles them, without looking at types, in a folder that is emptied first. */
export async function buildSources(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const args = ['-p', root('tsconfig.build.json'), '--outDir', folder, '--noCheck'];
  await execa(process.execPath, [root('node_modules/typescript/bin/tsc'), ...args]);
}
