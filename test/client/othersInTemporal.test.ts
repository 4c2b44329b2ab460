import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { expect, it } from 'vitest';
import { listSchedules } from '../../client/commands/schedule.ts';
import { knownToTemporal } from '../../client/knownToTemporal.ts';
import { IDS } from '../../core/run/ids.ts';

// A namespace is not ours alone, and forgets: neither may keep a list from its reader.

const startTime = new Date('2026-11-30T10:00:00Z');
const check = (workflowId: string, taskQueue = IDS.taskQueue) => ({
  workflowId,
  runId: workflowId,
  taskQueue,
  type: 'checkClient',
  status: { name: 'COMPLETED' },
  startTime,
  closeTime: startTime,
});

async function* each<T>(all: readonly T[]): AsyncGenerator<T> {
  yield* all;
}

it('list leaves out what others call as we do, and tells nothing of a check that Temporal has forgotten meanwhile', async () => {
  const results: Readonly<Record<string, () => unknown>> = {
    'oidc-check/zot': () => ({ findings: [{ severity: 'drift' }] }),
    'oidc-check/gone': () => {
      throw new WorkflowNotFoundError('not found', 'oidc-check/gone', undefined);
    },
    'kyc/alice': () => 'passed',
  };
  const workflow = {
    list: ({ query }: { query: string }) =>
      each(
        query.startsWith('WorkflowType')
          ? [check('oidc-check/zot'), check('oidc-check/gone'), check('kyc/alice', 'bank')]
          : [],
      ),
    getHandle: (id: string) => ({ result: async () => results[id]?.() }),
  };
  const client = { workflow, schedule: { list: () => each([]) } } as unknown as Client;
  const lastCheck = { at: '2026-11-30T10:00:00.000Z', ok: false, summary: '1 drift' };
  expect(Object.fromEntries(await knownToTemporal(client))).toEqual({ zot: { lastCheck }, gone: {} });
});

it('schedules of other people are not listed, and a zone that Node.js does not know is told in UTC', async () => {
  const described = (taskQueue: string) => ({
    action: { workflowType: 'rotateSecret', taskQueue },
    spec: { timezone: 'Mars/Olympus' },
    state: { paused: false, note: `of ${taskQueue}` },
    info: { nextActionTimes: [startTime] },
  });
  const all = { 'oidc-rotate/zot': described(IDS.taskQueue), 'nightly-keys': described('bank') };
  const schedule = {
    list: () => each(Object.entries(all).map(([scheduleId, { action }]) => ({ scheduleId, action }))),
    getHandle: (scheduleId: keyof typeof all) => ({ describe: async () => ({ scheduleId, ...all[scheduleId] }) }),
  };
  const lines: string[] = [];
  await listSchedules({ schedule } as unknown as Client, (line) => lines.push(line));
  expect(lines).toEqual([`oidc-rotate/zot  next 2026-11-30 10:00 UTC  of ${IDS.taskQueue}`]);
});
