import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { execa } from 'execa';
import { canonicalWorkflowId, type StepName } from '../core/run.ts';
import type { Fault } from '../sandbox/faults.ts';
import { sampleLayout, type LayoutName } from '../sandbox/layout.ts';
import { failStep } from '../sandbox/stepFaults.ts';
import { startTemporal } from '../sandbox/temporal.ts';
import { findTemporalCli } from '../sandbox/temporalProgram.ts';
import { World } from '../sandbox/world.ts';
import { loadWorkerConfig } from '../worker/config.ts';
import { createDeps } from '../worker/createDeps.ts';
import { createWorker } from '../worker/createWorker.ts';

// Records runs as they are today, for the replay test of tomorrow: `npm run histories`, once a released version, or of single
// stories by their names.

const target = fileURLToPath(new URL('../test/histories/', import.meta.url));
const cacheDir = fileURLToPath(new URL('../.cache/', import.meta.url));
const cli = await findTemporalCli({ cacheDir, log: console.error });

interface Story {
  readonly name: string;
  readonly layout: LayoutName;
  readonly fail?: StepName;
  readonly times?: number;
  /** What runs after the registration, and is the one that is recorded; `last.fault` strikes in it. */
  readonly last?: { readonly type: string; readonly fault?: Fault };
}

const STORIES: readonly Story[] = [
  { name: 'registered', layout: 'manual' },
  { name: 'unchanged', layout: 'manual', times: 2 },
  { name: 'registered-land-first', layout: 'auto' },
  { name: 'undone', layout: 'manual', fail: 'landChange' },
  { name: 'undone-land-first', layout: 'auto', fail: 'verifyRegistration' },
  { name: 'deregistered', layout: 'manual', last: { type: 'deregisterClient' } },
  { name: 'deregistered-land-first', layout: 'auto', last: { type: 'deregisterClient' } },
  {
    name: 'deregistration-undone',
    layout: 'manual',
    last: {
      type: 'deregisterClient',
      fault: { system: 'authentik', path: '/.well-known/', times: 1, effect: { kind: 'error', status: 403 } },
    },
  },
];

const asked = process.argv.slice(2);
for (const story of STORIES) if (asked.length === 0 || asked.includes(story.name)) await record(story);
process.exit();

async function record({ name, layout, fail, last, times = 1 }: Story): Promise<void> {
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
    for (const type of [...Array<string>(times).fill('registerClient'), ...(last === undefined ? [] : [last.type])]) {
      if (type === last?.type && last.fault !== undefined) world.faults.add(last.fault);
      const workflowId = canonicalWorkflowId('zot');
      const handle = await client.workflow.start(type, {
        taskQueue: 'oidc-registrar',
        workflowId,
        args: [{ client: 'zot' }],
      });
      await handle.result().catch(() => undefined);
    }
  });
  const show = [
    'workflow',
    'show',
    '--address',
    temporal.address,
    '--workflow-id',
    canonicalWorkflowId('zot'),
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
