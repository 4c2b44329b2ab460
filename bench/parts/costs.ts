import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { STORE_TOKEN } from '../../sandbox/world/worldParts.ts';
import { gitCommands, noteGitCommands } from '../../test/fixtures/gitCommands.ts';
import { clientNamed } from '../../test/fixtures/clients.ts';
import { httpOf, startBed, type Bed } from './bed.ts';
import { IDS } from '../../core/run/ids.ts';

/** What one run costs. Of a worker that has run before, but for `register, new worker`. */
export interface Cost {
  readonly run: string;
  readonly outcome: string;
  readonly events: number;
  readonly bytes: number;
  /** What Temporal Cloud bills, but for heartbeats: the start, activities with their retries, local ones, timers, search attributes, children. */
  readonly actions: number;
  readonly git: Readonly<Record<string, number>>;
  readonly http: Readonly<Record<string, number>>;
  readonly vaultReads: number;
  readonly vaultWrites: number;
}

/** Counts what the runs of one client's life cost, on the layout `manual` (Argo CD, `land: last`). */
export async function measureCosts(): Promise<readonly Cost[]> {
  const before = process.env['PATH'] ?? '';
  let log = '';
  const bed = await startBed('manual', async (dir) => {
    log = path.join(dir, 'git.log');
    await noteGitCommands(path.join(dir, 'programs'), log);
    process.env['PATH'] = `${path.join(dir, 'programs')}${path.delimiter}${before}`;
  });
  try {
    return await lifeOf(bed, log);
  } finally {
    process.env['PATH'] = before;
    await bed.stop();
  }
}

async function lifeOf(bed: Bed, log: string): Promise<readonly Cost[]> {
  const costs: Cost[] = [];
  const http = httpOf(bed);
  const count = async (run: string, type: string, client: string, input: object, id = IDS.client(client)) => {
    await bed.world.settled();
    const [requests, vault, git] = [http.length, bed.world.connect.log.length, (await ofWorker(log)).length];
    const options = { taskQueue: IDS.taskQueue, workflowId: id, args: [input] };
    const handle = await bed.client.workflow.start(type, options);
    const result = (await handle.result()) as { readonly outcome?: string };
    const own = bed.world.connect.log.slice(vault).filter(({ token }) => token !== STORE_TOKEN);
    const writes = own.filter(({ method }) => method !== 'GET').length;
    costs.push({
      run,
      outcome: result.outcome ?? 'done',
      ...(await historyOf(handle)),
      git: tally((await ofWorker(log)).slice(git)),
      http: tally(http.slice(requests)),
      vaultReads: own.length - writes,
      vaultWrites: writes,
    });
  };
  const second = rotatable('second');
  const changed = { ...second, spec: { ...second.spec, redirectUris: ['https://elsewhere.orchard.example/callback'] } };
  await count('register, new worker', 'registerClient', 'zot', { client: 'zot' });
  await count('register', 'registerClient', 'second', second);
  await count('register again, unchanged', 'registerClient', 'second', second);
  await count('change', 'registerClient', 'second', changed);
  await count('plan', 'planClient', 'third', rotatable('third'), 'plan-third');
  await count('check', 'checkClient', 'zot', { client: 'zot' }, 'check-zot');
  await bed.world.consumer.byHand('second');
  await count('rotate', 'rotateSecret', 'second', changed);
  await count('deregister', 'deregisterClient', 'second', { registration: changed, purge: true });
  return costs;
}

/** A client whose consumer the job updates by itself, and whose probe is a login. */
function rotatable(name: string) {
  const registration = clientNamed(name);
  const consumers = (registration.spec.consumers ?? []).map((consumer) => ({
    ...consumer,
    ...(consumer.kind === 'ansible' ? { apply: 'command' as const } : {}),
    probe: { command: 'login' },
  }));
  return { ...registration, spec: { ...registration.spec, consumers } };
}

async function ofWorker(log: string): Promise<readonly string[]> {
  const { begun } = await gitCommands(log);
  return begun.filter(({ folder }) => /\/clone-[^/]+(\/|$)/.test(folder)).map(({ command }) => command);
}

async function historyOf(handle: WorkflowHandle): Promise<Pick<Cost, 'events' | 'bytes' | 'actions'>> {
  const { raw } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const billed = (events ?? []).map((event) =>
    event.activityTaskStartedEventAttributes
      ? (event.activityTaskStartedEventAttributes.attempt ?? 1)
      : event.workflowExecutionStartedEventAttributes ||
          event.timerStartedEventAttributes ||
          event.upsertWorkflowSearchAttributesEventAttributes ||
          event.markerRecordedEventAttributes?.markerName === 'core_local_activity' ||
          event.startChildWorkflowExecutionInitiatedEventAttributes
        ? 1
        : 0,
  );
  return {
    events: events?.length ?? 0,
    bytes: Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0),
    actions: billed.reduce((sum, each) => sum + each, 0),
  };
}

function tally(words: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).toSorted(([a, x], [b, y]) => y - x || a.localeCompare(b)));
}
