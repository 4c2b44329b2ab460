import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { execa } from 'execa';
import { CHECK_ALL_WORKFLOW_ID, checkWorkflowId } from '../core/check/finding.ts';
import { canonicalWorkflowId, type StepName } from '../core/run.ts';
import { sampleLayout, type LayoutName } from '../sandbox/layout.ts';
import { failStep } from '../sandbox/stepFaults.ts';
import { startTemporal } from '../sandbox/temporal.ts';
import { findTemporalCli } from '../sandbox/temporalProgram.ts';
import { World } from '../sandbox/world.ts';
import { loadWorkerConfig } from '../worker/config.ts';
import { createDeps } from '../worker/createDeps.ts';
import { createWorker } from '../worker/createWorker.ts';

// Records runs as they are today, for the replay test of tomorrow: `npm run histories`, once a released version.

const target = fileURLToPath(new URL('../test/histories/', import.meta.url));
const cacheDir = fileURLToPath(new URL('../.cache/', import.meta.url));
const cli = await findTemporalCli({ cacheDir, log: console.error });

interface Story {
  readonly name: string;
  readonly layout: LayoutName;
  readonly fail?: StepName;
  readonly times?: number;
  /** Another workflow than the registration, run after it: this one is recorded. */
  readonly after?: { readonly type: string; readonly workflowId: string; readonly args: readonly unknown[] };
}

const STORIES: readonly Story[] = [
  { name: 'registered', layout: 'manual' },
  { name: 'unchanged', layout: 'manual', times: 2 },
  { name: 'registered-land-first', layout: 'auto' },
  {
    name: 'checked',
    layout: 'manual',
    after: { type: 'checkClient', workflowId: checkWorkflowId('zot'), args: [{ client: 'zot' }] },
  },
  {
    name: 'checked-all',
    layout: 'manual',
    after: { type: 'checkAllClients', workflowId: CHECK_ALL_WORKFLOW_ID, args: [] },
  },
  { name: 'undone', layout: 'manual', fail: 'landChange' },
  { name: 'undone-land-first', layout: 'auto', fail: 'verifyRegistration' },
];

// Without names all are recorded; `npm run histories -- checked` records that one alone.
const only = process.argv.slice(2);
for (const story of STORIES.filter(({ name }) => only.length === 0 || only.includes(name))) await record(story);
process.exit();

async function record({ name, layout, fail, times = 1, after }: Story): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-history-'));
  const temporal = await startTemporal({ cli, ui: false, logFile: path.join(dir, 'temporal.log') });
  const world = await World.start({ layout: await sampleLayout(layout), dir: path.join(dir, 'world') });
  const land = layout === 'manual' ? 'last' : 'first';
  if (fail !== undefined) await failStep(world, fail, { land, slug: 'zot', mayApply: true });
  const connection = await Connection.connect({ address: temporal.address });
  const native = await NativeConnection.connect({ address: temporal.address });
  const client = new Client({ connection });
  const deps = await createDeps(loadWorkerConfig({ ...world.workerEnv }), client);
  const worker = await createWorker({ connection: native, namespace: 'default', deps });
  await worker.runUntil(async () => {
    for (let i = 0; i < times; i += 1) {
      const workflowId = canonicalWorkflowId('zot');
      const handle = await client.workflow.start('registerClient', {
        taskQueue: 'oidc-registrar',
        workflowId,
        args: [{ client: 'zot' }],
      });
      await handle.result().catch(() => undefined);
    }
    if (after === undefined) return;
    const { type, workflowId, args } = after;
    await client.workflow.execute(type, { taskQueue: 'oidc-registrar', workflowId, args: [...args] });
  });
  const show = [
    'workflow',
    'show',
    '--address',
    temporal.address,
    '--workflow-id',
    after?.workflowId ?? canonicalWorkflowId('zot'),
    '--output',
    'json',
  ];
  const { stdout } = await execa(cli, show);
  await mkdir(target, { recursive: true });
  await writeFile(path.join(target, `${name}.json`), `${withoutPaths(stdout, dir)}\n`);
  await connection.close();
  await native.close();
  await temporal.stop();
  await world.destroy();
  await rm(dir, { recursive: true, force: true });
}

/** A machine's own folders are nobody's business, nor are the lines of a stack. */
function withoutPaths(text: string, dir: string): string {
  return text
    .replaceAll(dir, '/sandbox')
    .replaceAll(/"identity": "[^"]*"/g, '"identity": "worker"')
    .replaceAll(/"stackTrace": "(?:[^"\\]|\\.)*"/g, '"stackTrace": ""');
}
