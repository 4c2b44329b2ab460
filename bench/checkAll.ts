import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { stringify } from 'yaml';
import { jsonBytes } from '../core/base/bytes.ts';
import type { CheckAllResult } from '../core/check/finding.ts';
import { startTemporal } from '../sandbox/temporal/temporal.ts';
import { findTemporalCli } from '../sandbox/temporal/temporalProgram.ts';
import { startWorkerProcess } from '../sandbox/temporal/workerProcess.ts';
import { sampleLayout } from '../sandbox/world/layout.ts';
import { World } from '../sandbox/world/world.ts';
import { writeWorkflowBundle } from '../scripts/workflowBundle.ts';
import { manyClients } from '../test/fixtures/clients.ts';
import { MemorySamples } from './load/memory.ts';
import { IDS } from '../core/run/ids.ts';

// All clients of a large repository checked by one worker: `npm run bench:check [clients] [at once]`. None of them is registered, so
// that each has something to tell. Exit code 1 where a client is missing in the result.

const CLIENTS = Number(process.argv[2] ?? 1_000);
const AT_ONCE = Number(process.argv[3] ?? 4);

const say = (line = ''): void => void process.stdout.write(`${line}\n`);
const dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-checks-'));
const cli = await findTemporalCli({ cacheDir: fileURLToPath(new URL('../.cache/', import.meta.url)), log: say });
const temporal = await startTemporal({ cli, ui: false, logFile: path.join(dir, 'temporal.log') });
const world = await World.start({
  layout: await sampleLayout('auto'),
  dir: path.join(dir, 'world'),
  adjust: (installation) => ({ ...installation, checks: { atOnce: AT_ONCE } }),
});
const bundle = path.join(dir, 'workflow-bundle.js');
await writeWorkflowBundle(bundle);
const worker = await startWorkerProcess({
  env: { ...world.workerEnv, REGISTRAR_WORKFLOW_BUNDLE: bundle },
  temporalAddress: temporal.address,
  logFile: path.join(dir, 'worker.log'),
});
let code = 1;
try {
  code = await measure();
} finally {
  await worker.stop();
  await temporal.stop();
  await world.destroy();
  await rm(dir, { recursive: true, force: true });
}
process.exit(code);

async function measure(): Promise<number> {
  const folder = world.installation.gitops.registrations;
  const files = manyClients(CLIENTS).map((client) => [`${folder}/${client.metadata.name}.yaml`, stringify(client)]);
  await world.repository.commitAs('ada', Object.fromEntries(files) as Record<string, string>, 'Many registrations');
  const client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
  const memory = new MemorySamples([worker.pid], 500);
  const [before] = await memory.sample();
  const started = Date.now();
  const handle = await client.workflow.start('checkAllClients', {
    taskQueue: IDS.taskQueue,
    workflowId: IDS.checkAll,
  });
  const result = (await handle.result()) as CheckAllResult;
  const seconds = (Date.now() - started) / 1_000;
  memory.stop();
  say(`${CLIENTS} clients checked, ${AT_ONCE} at once, by one worker: ${seconds.toFixed(1)} s`);
  for (const run of await runsFrom(client, handle.firstExecutionRunId)) say(`run of the parent ${run}`);
  say(`result           ${jsonBytes(result)} bytes, ${result.clients.length} clients, ${result.leftOut ?? 0} left out`);
  say(`worker MiB       start ${before}, peak ${memory.peaks[0]}`);
  // The sample's own clients stand there, too.
  return result.clients.length >= CLIENTS ? 0 : 1;
}

/** Events and bytes of each run of the chain. */
async function runsFrom(client: Client, first: string): Promise<readonly string[]> {
  const told: string[] = [];
  for (let runId: string | undefined = first; runId;) {
    const handle = client.workflow.getHandle(IDS.checkAll, runId);
    const { historyLength, historySize } = await handle.describe();
    told.push(`${told.length + 1}: ${historyLength} events, ${historySize} bytes`);
    const { events } = await handle.fetchHistory();
    runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  }
  return told;
}
