import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { findTemporalCli, findTestServer } from '../sandbox/temporal/temporalProgram.ts';
import { writeWorkflowBundle } from '../scripts/workflowBundle.ts';

declare module 'vitest' {
  interface ProvidedContext {
    temporalCli: string;
    /** The server that skips time. */
    temporalTestServer: string;
    workflowBundle: string;
  }
}

const bundled = Symbol.for('oidc-registrar.test.bundle');
/** Projects of tests share one bundle. */
const shared = globalThis as { [bundled]?: Promise<void> };

/** Finds the Temporal program and bundles the workflows, once for all test files. */
export async function setup(project: TestProject): Promise<void> {
  const cacheDir = fileURLToPath(new URL('../.cache/', import.meta.url));
  const find = { cacheDir, log: (line: string) => void process.stderr.write(`${line}\n`) };
  project.provide('temporalCli', await findTemporalCli(find));
  project.provide('temporalTestServer', await findTestServer(find));
  const bundle = path.join(cacheDir, 'test', 'workflow-bundle.js');
  await (shared[bundled] ??= writeWorkflowBundle(bundle));
  project.provide('workflowBundle', bundle);
}
