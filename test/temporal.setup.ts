import { cp } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { findTemporalCli, findTestServer } from '../sandbox/temporal/temporalProgram.ts';
import { buildSources } from '../scripts/builtSources.ts';
import { writeWorkflowBundle } from '../scripts/workflowBundle.ts';

declare module 'vitest' {
  interface ProvidedContext {
    temporalCli: string;
    /** The server that skips time. */
    temporalTestServer: string;
    workflowBundle: string;
    /** Folder of worker and command line, built. */
    built: string;
  }
}

const making = Symbol.for('oidc-registrar.test.built');
/** Projects of tests share what is made. */
const shared = globalThis as { [making]?: Promise<unknown> };

/** Finds the Temporal program, bundles the workflows and builds the programs, once for all test files. */
export async function setup(project: TestProject): Promise<void> {
  const cacheDir = fileURLToPath(new URL('../.cache/', import.meta.url));
  const find = { cacheDir, log: (line: string) => void process.stderr.write(`${line}\n`) };
  project.provide('temporalCli', await findTemporalCli(find));
  project.provide('temporalTestServer', await findTestServer(find));
  const bundle = path.join(cacheDir, 'test', 'workflow-bundle.js');
  const built = path.join(cacheDir, 'test', 'dist');
  await (shared[making] ??= Promise.all([writeWorkflowBundle(bundle), build(built)]));
  project.provide('workflowBundle', bundle);
  project.provide('built', built);
}

/** Of what is built a process starts in half the time that it takes from the sources, and tests start many. */
async function build(folder: string): Promise<void> {
  await buildSources(folder);
  // What `init` fills names into.
  await cp(fileURLToPath(new URL('../deploy', import.meta.url)), path.join(folder, 'deploy'), { recursive: true });
}
