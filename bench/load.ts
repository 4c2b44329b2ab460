import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import type { RegistrationInput } from '../core/registration/registration.ts';
import type { RegisterResult } from '../core/run/reports.ts';
import { sampleLayout } from '../sandbox/world/layout.ts';
import { programsOf } from '../sandbox/world/stepFaults.ts';
import { startTemporal } from '../sandbox/temporal/temporal.ts';
import { findTemporalCli } from '../sandbox/temporal/temporalProgram.ts';
import { startWorkerProcess, type WorkerProcess } from '../sandbox/temporal/workerProcess.ts';
import { World } from '../sandbox/world/world.ts';
import { STORE_TOKEN } from '../sandbox/world/worldParts.ts';
import { writeWorkflowBundle } from '../scripts/workflowBundle.ts';
import { manyClients } from '../test/fixtures/clients.ts';
import { noteGitCommands } from '../test/fixtures/gitCommands.ts';
import { gitFigures } from './load/gitCommands.ts';
import { MemorySamples } from './load/memory.ts';
import { problemsOf, type Registered } from './load/problems.ts';
import { IDS } from '../core/run/ids.ts';

// Many clients registered at once under `land: first`, into one repository, by two workers on one task queue: `npm run
// bench:load [clients]`. Exit code 1 where a client failed, an edit was lost, or the workers' memory grew.

const CLIENTS = Number(process.argv[2] ?? 20);
const WORKERS = 2;
/** The same clients again, each of which must find everything as asked: memory that grows by the run would show. */
const ROUNDS_AGAIN = 8;
/** The heap goes up and down as it is collected; its highest point in the later half of the rounds is held against that before. */
const GROWTH = 1.15;

const say = (line = ''): void => void process.stdout.write(`${line}\n`);
const cacheDir = fileURLToPath(new URL('../.cache/', import.meta.url));
const dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-load-'));
const cli = await findTemporalCli({ cacheDir, log: say });
const temporal = await startTemporal({ cli, ui: false, logFile: path.join(dir, 'temporal.log') });
const world = await World.start({
  layout: await sampleLayout('auto'),
  dir: path.join(dir, 'world'),
  // The limits of a real installation; only the looks come as quickly as the sandbox moves.
  adjust: (installation) => ({ ...installation, timings: { pollMs: 200 } }),
});
// Beforehand, as a built worker has it: what the bundler takes of memory is none of the worker's.
const bundle = path.join(dir, 'workflow-bundle.js');
await writeWorkflowBundle(bundle);
const workers: WorkerProcess[] = [];
let code = 1;
try {
  code = await measure();
} finally {
  for (const worker of workers) await worker.stop();
  await temporal.stop();
  await world.destroy();
  if (code === 0) await rm(dir, { recursive: true, force: true });
  else say(`logs: ${dir}`);
}
process.exit(code);

async function measure(): Promise<number> {
  const gitLog = path.join(dir, 'git.log');
  await noteGitCommands(programsOf(world), gitLog);
  for (let i = 1; i <= WORKERS; i += 1) workers.push(await startWorker(i));
  const client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
  const memory = new MemorySamples(
    workers.map((worker) => worker.pid),
    500,
  );
  const clients = manyClients(CLIENTS);
  const base = await world.repository.head();
  const before = { rollouts: await rollouts(), vault: vaultRequests(), rss: await memory.sample() };

  const started = Date.now();
  const runs = await registerAll(client, clients);
  const wallMs = Date.now() - started;
  await world.settled();
  const after = { rollouts: await rollouts(), vault: vaultRequests(), rss: await memory.sample() };
  const git = await gitFigures(gitLog, world.repository.branch);
  const problems = [...(await problemsOf(world, base, runs))];

  memory.peaksSinceLast();
  const halves: (readonly number[])[] = [];
  for (let round = 1; round <= ROUNDS_AGAIN && problems.length === 0; round += 1) {
    problems.push(...againProblems(await registerAll(client, clients)));
    if (round % (ROUNDS_AGAIN / 2) === 0) halves.push(memory.peaksSinceLast());
  }
  const end = await memory.sample();
  memory.stop();
  problems.push(...growthProblems(halves));

  say(`${CLIENTS} clients at once, land: first, ${WORKERS} workers: ${(wallMs / 1000).toFixed(1)} s`);
  say(`runs            ${runs.filter((run) => run.result !== undefined).length} of ${CLIENTS} registered`);
  say(`target branch   ${git.landed} pushes accepted, ${git.raced} lost their race`);
  say(`run branches    ${git.branchPushes} pushes, ${git.branchDeletions} deletions, ${git.branchRefused} refused`);
  say(`looks at heads  ${git.looks}`);
  say(`fetches         ${git.fetches}`);
  say(`roll-outs       ${after.rollouts - before.rollouts} of the Deployment`);
  say(
    `vault, job      ${after.vault.reads - before.vault.reads} reads, ${after.vault.writes - before.vault.writes} writes`,
  );
  say(`vault, ESO      ${after.vault.others - before.vault.others} reads by External Secrets`);
  for (const [i, line] of memory.sparklines(60).entries()) {
    const [earlier, later] = halves.map((half) => half[i]);
    say(
      `worker ${i + 1} MiB    start ${before.rss[i]}, registered ${after.rss[i]}, highest of rounds 1-${ROUNDS_AGAIN / 2} ${earlier}, of those after ${later}, end ${end[i]}, peak ${memory.peaks[i]}`,
    );
    say(`                ${line}`);
  }
  for (const problem of problems) say(`✗ ${problem}`);
  say(
    problems.length === 0
      ? `✓ every client once, no edit lost, ${ROUNDS_AGAIN} rounds unchanged, memory flat`
      : `${problems.length} problems`,
  );
  return problems.length === 0 ? 0 : 1;
}

async function startWorker(number: number): Promise<WorkerProcess> {
  return startWorkerProcess({
    env: {
      ...world.workerEnv,
      PATH: `${programsOf(world)}${path.delimiter}${process.env['PATH'] ?? ''}`,
      REGISTRAR_WORKFLOW_BUNDLE: bundle,
    },
    temporalAddress: temporal.address,
    logFile: path.join(dir, `worker-${number}.log`),
  });
}

async function registerAll(client: Client, clients: readonly RegistrationInput[]): Promise<readonly Registered[]> {
  const handles = await Promise.all(
    clients.map((each) =>
      client.workflow.start('registerClient', {
        taskQueue: IDS.taskQueue,
        workflowId: IDS.client(each.metadata.name),
        args: [each],
      }),
    ),
  );
  return Promise.all(
    handles.map(async (handle, i) => {
      const each = clients[i];
      try {
        return { client: each, result: (await handle.result()) as RegisterResult };
      } catch (error) {
        const cause = error instanceof WorkflowFailedError ? error.cause : error;
        return { client: each, result: undefined, failure: cause instanceof Error ? cause.message : String(cause) };
      }
    }),
  );
}

function againProblems(runs: readonly Registered[]): readonly string[] {
  return runs
    .filter((run) => run.result?.outcome !== 'unchanged')
    .map((run) => `${run.client.metadata.name} again: ${run.result?.outcome ?? run.failure}`);
}

function growthProblems([earlier, later]: readonly (readonly number[])[]): readonly string[] {
  return (earlier ?? []).flatMap((mib, i) => {
    const now = later?.[i] ?? 0;
    return now > mib * GROWTH ? [`worker ${i + 1} grew from ${mib} to ${now} MiB`] : [];
  });
}

/** How many templates the Deployment has had. */
async function rollouts(): Promise<number> {
  const { namespace } = world.installation.authentik;
  return (await world.cluster.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace })).length;
}

function vaultRequests() {
  const { log } = world.connect;
  const job = log.filter((request) => request.token !== STORE_TOKEN);
  const writes = job.filter((request) => request.method !== 'GET').length;
  return { writes, reads: job.length - writes, others: log.length - job.length };
}
