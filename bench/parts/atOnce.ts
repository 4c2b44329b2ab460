import { IDS } from '../../core/run/ids.ts';
import type { RegisterResult } from '../../core/run/reports.ts';
import { clientNamed } from '../../test/fixtures/clients.ts';
import { httpOf, startBed } from './bed.ts';

/** So many clients registered at once, by one worker. */
export interface AtOnceFigure {
  readonly clients: number;
  readonly registered: number;
  readonly wallMs: number;
  /** Processor time of worker and stand-ins, which are one process here; of programs that they start not. */
  readonly busyMs: number;
  /** Requests to all systems. */
  readonly requests: number;
  readonly mostEvents: number;
  readonly mostBytes: number;
}

/** On the layout `auto` (Argo CD, `land: first`), where no run waits for another's turn. */
export async function measureAtOnce(sizes: readonly number[]): Promise<readonly AtOnceFigure[]> {
  // By this a roll-out that others begin again and again is told from one that stands still: as in a real installation.
  const bed = await startBed('auto', undefined, { forceSyncMs: 20_000 });
  const http = httpOf(bed);
  const registered = async (clients: number) => {
    await bed.world.settled();
    const [requests, began, used] = [http.length, performance.now(), process.cpuUsage()];
    const handles = await Promise.all(
      Array.from({ length: clients }, async (_, i) => {
        const name = `of-${clients}-${i}`;
        const options = { taskQueue: IDS.taskQueue, workflowId: IDS.client(name) };
        return bed.client.workflow.start('registerClient', { ...options, args: [clientNamed(name, 'auto')] });
      }),
    );
    const ends = await Promise.allSettled(handles.map(async (handle) => (await handle.result()) as RegisterResult));
    const wallMs = Math.round(performance.now() - began);
    const { user, system } = process.cpuUsage(used);
    const told = await Promise.all(handles.map(async (handle) => handle.describe()));
    process.stderr.write(`${clients} at once: ${wallMs} ms\n`);
    return {
      clients,
      registered: ends.filter((end) => end.status === 'fulfilled' && end.value.outcome === 'registered').length,
      wallMs,
      busyMs: Math.round((user + system) / 1_000),
      requests: http.length - requests,
      mostEvents: Math.max(...told.map(({ historyLength }) => historyLength)),
      mostBytes: Math.max(...told.map(({ historySize }) => historySize ?? 0)),
    };
  };
  try {
    // The first of all makes the clone and warms the compiler up.
    await registered(2);
    const figures: AtOnceFigure[] = [];
    for (const size of sizes) figures.push(await registered(size));
    return figures;
  } finally {
    await bed.stop();
  }
}
