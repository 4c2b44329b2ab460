import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import { clientNamed } from '../../test/fixtures/clients.ts';
import { ended, startBed, type Bed } from './bed.ts';
import { quartilesOf, type Quartiles } from './quartiles.ts';
import { registerByScript } from './script.ts';
import { IDS } from '../../core/run/ids.ts';

/** A registration as a workflow against the same activities called by a script, one after the other, in pairs. Milliseconds. */
export interface PairsFigure {
  readonly pairs: number;
  readonly ratio: Quartiles;
  readonly workflowMs: Quartiles;
  readonly scriptMs: Quartiles;
  /** A saga of as many activities that do nothing. */
  readonly bareSagaMs: Quartiles;
}

/** As many as a registration has. */
const STEPS = 12;

export async function measurePairs(pairs: number): Promise<PairsFigure> {
  const bed = await startBed('manual');
  const bare = await startBareSaga(bed);
  try {
    const [workflow, script, saga]: number[][] = [[], [], []];
    // The first of each makes clones and warms the compiler up.
    for (let pair = 0; pair <= pairs; pair += 1) {
      const byWorkflow = () => msOf(bed, async () => registerByWorkflow(bed, `flow-${pair}`));
      const byScript = () => msOf(bed, () => registerByScript(bed.deps, clientNamed(`script-${pair}`), randomUUID()));
      const even = pair % 2 === 0;
      const [one, other] = [await (even ? byWorkflow : byScript)(), await (even ? byScript : byWorkflow)()];
      const alone = await msOf(bed, bare.run);
      process.stderr.write(`pair ${pair}: ${Math.round(one)} ${Math.round(other)} ms\n`);
      if (pair === 0) continue;
      workflow?.push(even ? one : other);
      script?.push(even ? other : one);
      saga?.push(alone);
    }
    return {
      pairs,
      ratio: quartilesOf((workflow ?? []).map((ms, i) => ms / (script?.[i] ?? 1))),
      workflowMs: quartilesOf(workflow ?? []),
      scriptMs: quartilesOf(script ?? []),
      bareSagaMs: quartilesOf(saga ?? []),
    };
  } finally {
    await bare.stop();
    await bed.stop();
  }
}

async function registerByWorkflow({ client }: Bed, name: string): Promise<void> {
  const options = { taskQueue: IDS.taskQueue, workflowId: IDS.client(name), args: [clientNamed(name)] };
  await client.workflow.execute('registerClient', options);
}

/** Begun where nothing moves any more of what was before. */
async function msOf({ world }: Bed, act: () => Promise<unknown>): Promise<number> {
  await world.settled();
  const begin = performance.now();
  await act();
  return performance.now() - begin;
}

async function startBareSaga({ client, native, temporal }: Bed) {
  const taskQueue = 'bare-saga';
  const workflowsPath = fileURLToPath(new URL('bareSaga.ts', import.meta.url));
  const worker = await Worker.create({
    connection: native,
    namespace: temporal.namespace,
    taskQueue,
    activities: { nothing: async (step: number) => step },
    workflowBundle: await bundleWorkflowCode({ workflowsPath }),
  });
  const running = worker.run();
  return {
    run: () =>
      client.workflow.execute('bareSaga', { taskQueue, workflowId: path.join('bare', randomUUID()), args: [STEPS] }),
    stop: () => ended(worker, running),
  };
}
