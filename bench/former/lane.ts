import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { InstallationInput } from '../../core/installation/installation.ts';
import { noWaits } from './noWaits.ts';

// A Temporal server, a sandbox and the worker of one commit: this one's, or an earlier one's into whose sources it is copied. Registers
// each client that its parent names, by the workflow, and answers how many milliseconds that took.

const root = new URL('../../', import.meta.url);

/** A module of the project, by its name here or by that at the earlier commit. */
async function load<Module>(name: string, former = name): Promise<Module> {
  return (await import(new URL(existsSync(new URL(name, root)) ? name : former, root).href)) as Module;
}

type Sandbox = typeof import('../../sandbox/world/world.ts') &
  typeof import('../../sandbox/world/timings.ts') &
  typeof import('../../sandbox/world/layout.ts') &
  typeof import('../../sandbox/temporal/temporal.ts');
const { World } = await load<Sandbox>('sandbox/world/world.ts', 'sandbox/world.ts');
const { BRISK } = await load<Sandbox>('sandbox/world/timings.ts', 'sandbox/timings.ts');
const { sampleLayout } = await load<Sandbox>('sandbox/world/layout.ts', 'sandbox/layout.ts');
const { startTemporal } = await load<Sandbox>('sandbox/temporal/temporal.ts', 'sandbox/temporal.ts');
const { writeWorkflowBundle } =
  await load<typeof import('../../scripts/workflowBundle.ts')>('scripts/workflowBundle.ts');
const { clientNamed } = await load<typeof import('../../test/fixtures/clients.ts')>('test/fixtures/clients.ts');
const { loadWorkerConfig } = await load<typeof import('../../worker/config.ts')>('worker/config.ts');
const { createDeps } = await load<typeof import('../../worker/createDeps.ts')>('worker/createDeps.ts');
const { createWorker } = await load<typeof import('../../worker/createWorker.ts')>('worker/createWorker.ts');

/** Of both commits. */
const TASK_QUEUE = 'oidc-registrar';

const [cli = ''] = process.argv.slice(2);
const dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-lane-'));
const timings = noWaits(BRISK.job);
const temporal = await startTemporal({ cli, ui: false, logFile: path.join(dir, 'temporal.log') });
const world = await World.start({
  layout: await sampleLayout('manual'),
  dir: path.join(dir, 'world'),
  timings,
  adjust: (all: InstallationInput) => ({ ...all, timings: { ...all.timings, ...timings.job } }),
});
const bundle = path.join(dir, 'workflow-bundle.js');
await writeWorkflowBundle(bundle);
const client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
const config = loadWorkerConfig({ ...world.workerEnv, PATH: process.env['PATH'] });
const worker = await createWorker({
  taskQueue: TASK_QUEUE,
  connection: await NativeConnection.connect({ address: temporal.address }),
  namespace: temporal.namespace,
  deps: await createDeps(config, client, { openSdk: world.openSdk }),
  workflowBundle: { codePath: bundle },
});
void worker.run();

process.on('message', (name: string) => void register(name));
process.send?.({ dir });

async function register(name: string): Promise<void> {
  await world.settled();
  const begin = performance.now();
  const options = { taskQueue: TASK_QUEUE, workflowId: `oidc-client/${name}`, args: [clientNamed(name)] };
  await client.workflow.execute('registerClient', options);
  process.send?.({ ms: performance.now() - begin });
}
