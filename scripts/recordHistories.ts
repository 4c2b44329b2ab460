import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { execa } from 'execa';
import { CHECK_ALL_WORKFLOW_ID, checkWorkflowId } from '../core/check/finding.ts';
import { planWorkflowId } from '../core/plan.ts';
import { canonicalWorkflowId, type ProgressView, type StepName } from '../core/run.ts';
import type { Fault } from '../sandbox/faults.ts';
import { sampleLayout, type LayoutName } from '../sandbox/layout.ts';
import { sleep } from '../sandbox/loop.ts';
import { failStep } from '../sandbox/stepFaults.ts';
import { startTemporal } from '../sandbox/temporal.ts';
import { findTemporalCli } from '../sandbox/temporalProgram.ts';
import { World } from '../sandbox/world.ts';
import { loadWorkerConfig } from '../worker/config.ts';
import { createDeps } from '../worker/createDeps.ts';
import { createWorker } from '../worker/createWorker.ts';

// Records runs as they are today, for the replay test of tomorrow: `npm run histories`, once a released version; with names of
// stories, those alone.

const target = fileURLToPath(new URL('../test/histories/', import.meta.url));
const cacheDir = fileURLToPath(new URL('../.cache/', import.meta.url));
const cli = await findTemporalCli({ cacheDir, log: console.error });

interface Story {
  readonly name: string;
  readonly layout: LayoutName;
  /** `zot` where absent. */
  readonly client?: string;
  readonly fail?: StepName;
  readonly times?: number;
  /** Another workflow than the registration, run after it: this one is recorded. */
  readonly after?: {
    readonly type: string;
    readonly workflowId: string;
    readonly args: readonly unknown[];
    /** Strikes in it; it may fail then. */
    readonly fault?: Fault;
  };
  /** Afterwards the client's secret is rotated, and that run is recorded. */
  readonly rotation?: 'well' | 'restored';
}

const DEREGISTRATION = {
  type: 'deregisterClient',
  workflowId: canonicalWorkflowId('zot'),
  args: [{ client: 'zot' }],
};

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
  {
    name: 'planned',
    layout: 'manual',
    after: { type: 'planClient', workflowId: planWorkflowId('zot'), args: [{ client: 'zot' }] },
  },
  { name: 'undone', layout: 'manual', fail: 'landChange' },
  { name: 'delivered', layout: 'consumers', client: 'photos' },
  { name: 'delivery-undone', layout: 'consumers', client: 'photos', fail: 'landChange' },
  { name: 'rotated', layout: 'manual', rotation: 'well' },
  { name: 'rotation-restored-land-first', layout: 'auto', rotation: 'restored' },
  { name: 'undone-land-first', layout: 'auto', fail: 'verifyRegistration' },
  { name: 'deregistered', layout: 'manual', after: DEREGISTRATION },
  { name: 'deregistered-land-first', layout: 'auto', after: DEREGISTRATION },
  {
    name: 'deregistration-undone',
    layout: 'manual',
    after: {
      ...DEREGISTRATION,
      fault: { system: 'authentik', path: '/.well-known/', times: 1, effect: { kind: 'error', status: 403 } },
    },
  },
];

/** Authentik refuses the new secret, once. */
const REFUSED: Fault = {
  system: 'authentik',
  path: '/application/o/revoke/',
  times: 1,
  effect: { kind: 'error', status: 401, body: { error: 'invalid_client' } },
};

// Without names all are recorded; `npm run histories -- checked` records that one alone.
const only = process.argv.slice(2);
for (const story of STORIES.filter(({ name }) => only.length === 0 || only.includes(name))) await record(story);
process.exit();

async function record({ name, layout, client: slug = 'zot', fail, times = 1, after, rotation }: Story): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-history-'));
  const temporal = await startTemporal({ cli, ui: false, logFile: path.join(dir, 'temporal.log') });
  const world = await World.start({ layout: await sampleLayout(layout), dir: path.join(dir, 'world') });
  const land = layout === 'auto' ? 'first' : 'last';
  if (fail !== undefined) await failStep(world, fail, { land, slug, mayApply: true });
  const connection = await Connection.connect({ address: temporal.address });
  const native = await NativeConnection.connect({ address: temporal.address });
  const client = new Client({ connection });
  const deps = await createDeps(loadWorkerConfig({ ...world.workerEnv }), client);
  const worker = await createWorker({ connection: native, namespace: 'default', deps });
  await worker.runUntil(async () => {
    for (let run = 0; run < times; run += 1) {
      const handle = await client.workflow.start('registerClient', {
        taskQueue: 'oidc-registrar',
        workflowId: canonicalWorkflowId(slug),
        args: [{ client: slug }],
      });
      await handle.result().catch(() => undefined);
    }
    if (rotation !== undefined) await rotate(client, world, rotation);
    if (after === undefined) return;
    const { type, workflowId, args, fault } = after;
    if (fault !== undefined) world.faults.add(fault);
    const ended = client.workflow.execute(type, { taskQueue: 'oidc-registrar', workflowId, args: [...args] });
    await (fault === undefined ? ended : ended.catch(() => undefined));
  });
  const show = [
    'workflow',
    'show',
    '--address',
    temporal.address,
    '--workflow-id',
    after?.workflowId ?? canonicalWorkflowId(slug),
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

/** The sample client is updated by a person, who is asked twice; what is restored fails while that person is at it. */
async function rotate(client: Client, world: World, how: 'well' | 'restored'): Promise<void> {
  if (how === 'restored') world.faults.add({ ...REFUSED, arm: { method: 'POST', path: '/apply/' } });
  const handle = await client.workflow.start('rotateSecret', {
    taskQueue: 'oidc-registrar',
    workflowId: canonicalWorkflowId('zot'),
    args: [{ client: 'zot' }],
  });
  let ended = false;
  const result = handle.result().catch(() => undefined);
  const watched = result.finally(() => {
    ended = true;
  });
  while (!ended) {
    const view = await handle.query<ProgressView>('progress').catch(() => undefined);
    const asked = view?.steps.find(
      (step) => step.state === 'running' && step.note?.includes('waits for a person') === true,
    );
    if (asked !== undefined)
      await handle.executeUpdate(asked.name === 'ready' ? 'ready' : 'confirm').catch(() => undefined);
    await sleep(100);
  }
  await watched;
}

/** A machine's own folders are nobody's business, nor are the lines of a stack. */
function withoutPaths(text: string, dir: string): string {
  return text
    .replaceAll(dir, '/sandbox')
    .replaceAll(/"identity": "[^"]*"/g, '"identity": "worker"')
    .replaceAll(/"stackTrace": "(?:[^"\\]|\\.)*"/g, '"stackTrace": ""');
}
