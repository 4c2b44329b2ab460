import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { findTemporalCli, findTestServer } from '../sandbox/temporalProgram.ts';

declare module 'vitest' {
  interface ProvidedContext {
    temporalCli: string;
    /** The server that skips time. */
    temporalTestServer: string;
    workflowBundle: string;
  }
}

/** Finds the Temporal program and bundles the workflows, once for all test files. */
export async function setup(project: TestProject): Promise<void> {
  const cacheDir = fileURLToPath(new URL('../.cache/', import.meta.url));
  const find = { cacheDir, log: (line: string) => void process.stderr.write(`${line}\n`) };
  project.provide('temporalCli', await findTemporalCli(find));
  project.provide('temporalTestServer', await findTestServer(find));
  const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  const bundle = path.join(cacheDir, 'test', 'workflow-bundle.js');
  await mkdir(path.dirname(bundle), { recursive: true });
  await writeFile(bundle, code);
  project.provide('workflowBundle', bundle);
}
