// After tsc: the workflow bundle that the built worker loads, the templates of the built command line, and the sample repositories that the built sandbox reads.
import { existsSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const { code } = await bundleWorkflowCode({
  workflowsPath: at('dist/workflows/index.js'),
  logger: new DefaultLogger('WARN'),
  // Where each line is from, without the sources: a worker keeps all of it in each of its threads.
  webpackConfigHook: (config) => ({ ...config, devtool: 'inline-nosources-source-map' }),
});
await writeFile(at('dist/workflow-bundle.js'), code);
// What `init` fills names into.
await cp(at('deploy'), at('dist/deploy'), { recursive: true });
// The worker's image is built without the sandbox.
if (existsSync(at('sandbox'))) await cp(at('sandbox/sample'), at('dist/sandbox/sample'), { recursive: true });
