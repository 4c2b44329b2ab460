import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { IDS } from '../../core/run/ids.ts';
import { sleep } from '../../sandbox/kit/loop.ts';
import { startTemporal } from '../../sandbox/temporal/temporal.ts';
import { findTemporalCli } from '../../sandbox/temporal/temporalProgram.ts';
import { startWorkerProcess } from '../../sandbox/temporal/workerProcess.ts';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { World } from '../../sandbox/world/world.ts';
import { buildSources } from '../../scripts/builtSources.ts';
import { writeWorkflowBundle } from '../../scripts/workflowBundle.ts';
import { quartilesOf, type Quartiles } from './quartiles.ts';

/** A built worker, as the image starts it, from its first moment until Temporal knows that it polls. */
export interface StartFigure {
  readonly starts: number;
  readonly wallMs: Quartiles;
  /** Of its processes and threads. */
  readonly busyMs: Quartiles;
  /** Resident, then. */
  readonly mib: Quartiles;
}

const at = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

export async function measureStart(starts: number): Promise<StartFigure> {
  const dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-start-'));
  const image = await startOfImage();
  const built = await build(path.join(at('.cache'), 'bench'));
  const cli = await findTemporalCli({ cacheDir: at('.cache'), log: () => undefined });
  const temporal = await startTemporal({ cli, ui: false, logFile: path.join(dir, 'temporal.log') });
  const world = await World.start({ layout: await sampleLayout('manual'), dir: path.join(dir, 'world') });
  const connection = await Connection.connect({ address: temporal.address });
  try {
    const all: Started[] = [];
    // The first reads files that the others find in the memory of the machine.
    for (let i = 0; i <= starts; i += 1) {
      const begin = Date.now();
      const worker = await startWorkerProcess({
        env: { ...world.workerEnv, ...image.env, REGISTRAR_WORKFLOW_BUNDLE: path.join(built, 'workflow-bundle.js') },
        temporalAddress: temporal.address,
        logFile: path.join(dir, 'worker.log'),
        built: path.join(built, 'dist'),
        flags: image.flags,
      });
      await polled(new Client({ connection }), worker.pid);
      const started = { wallMs: Date.now() - begin, ...(await usedBy(worker.pid)) };
      await worker.kill();
      process.stderr.write(`start ${i}: ${JSON.stringify(started)}\n`);
      if (i > 0) all.push(started);
    }
    return {
      starts,
      wallMs: quartilesOf(all.map(({ wallMs }) => wallMs)),
      busyMs: quartilesOf(all.map(({ busyMs }) => busyMs)),
      mib: quartilesOf(all.map(({ mib }) => mib)),
    };
  } finally {
    await connection.close();
    await temporal.stop();
    await world.destroy();
    await rm(dir, { recursive: true, force: true });
  }
}

interface Started {
  readonly wallMs: number;
  readonly busyMs: number;
  readonly mib: number;
}

/** As `npm run build` makes it. */
async function build(folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await buildSources(path.join(folder, 'dist'));
  await cp(at('package.json'), path.join(folder, 'package.json'));
  await writeWorkflowBundle(path.join(folder, 'workflow-bundle.js'));
  return folder;
}

/** What the image gives Node.js before the name of the program, and what it tells the C library. */
async function startOfImage() {
  const text = await readFile(at('Dockerfile'), 'utf8');
  const [, words = '[]'] = /^ENTRYPOINT (\[.*\])$/m.exec(text) ?? [];
  const [, name = '', value = ''] = /^ +(MALLOC_ARENA_MAX)=(\d+)/m.exec(text) ?? [];
  return { flags: (JSON.parse(words) as string[]).slice(1, -1), env: { [name]: value } };
}

/** Until Temporal knows that this process asks for tasks. */
async function polled({ options, workflowService }: Client, pid: number): Promise<void> {
  const request = { namespace: options.namespace, taskQueue: { name: IDS.taskQueue } };
  for (;;) {
    const { pollers } = await workflowService.describeTaskQueue(request);
    if ((pollers ?? []).some(({ identity }) => identity?.startsWith(`${pid}@`) === true)) return;
    await sleep(20);
  }
}

const TICKS_A_SECOND = 100;

/** As Linux counts it. */
async function usedBy(pid: number): Promise<Pick<Started, 'busyMs' | 'mib'>> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const [user = '', system = ''] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  const [, kib = ''] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return {
    busyMs: ((Number(user) + Number(system)) * 1_000) / TICKS_A_SECOND,
    mib: Math.round(Number(kib) / 1_024),
  };
}
