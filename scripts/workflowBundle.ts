import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** Bundles the workflows of the sources into a file, as a built worker has them. */
export async function writeWorkflowBundle(file: string): Promise<void> {
  const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    logger: new DefaultLogger('WARN'),
    // Where each line is from, without the sources: a worker keeps all of it in each of its threads.
    webpackConfigHook: (config) => ({ ...config, devtool: 'inline-nosources-source-map' }),
  });
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, code);
}
