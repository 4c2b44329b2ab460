import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import type { Notice } from '../../../core/installation/notice.ts';
import { SCHEDULE_MEMO, type ScheduledBy } from '../../../core/registration/rotationPolicy.ts';
import { fakeActivities } from '../fakes.ts';
import { runRegistration } from '../runRegistration.ts';
import { useTimeSkipping } from '../timeSkipping.ts';

// A run that a Schedule has started, while another run of its client is open.

let env: TestWorkflowEnvironment;
useTimeSkipping((started) => {
  env = started;
});

const HOUR = 3_600_000;

/** A run that is open and does nothing: one whose task nobody takes would hold the server's time. */
async function openRun(): Promise<WorkflowHandle> {
  return env.client.workflow.start('registerClient', {
    taskQueue: 'nobody',
    startDelay: '30 days',
    workflowId: 'oidc-client/zot',
    args: [{ client: 'zot' }],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  });
}

interface Waited {
  readonly outcome: string;
  readonly waitedMs: number;
  readonly details: string;
  readonly notices: readonly Notice[];
}

/** What becomes of a rotation that is due while a run is open; the memo is that of a Schedule's runs. */
async function due(memo: ScheduledBy | undefined, meanwhile = async (): Promise<void> => undefined): Promise<Waited> {
  const notices: Notice[] = [];
  const { activities } = fakeActivities('last', { notify: async (notice) => void notices.push(notice) });
  const options = {
    type: 'rotateSecret',
    workflowId: 'oidc-rotate/zot-workflow-2026-11-30T02:00:00Z',
    ...(memo === undefined ? {} : { memo: { [SCHEDULE_MEMO]: memo } }),
  };
  return runRegistration(
    env,
    activities,
    async (handle) => {
      await meanwhile();
      const outcome = await handle.result().then(
        (result: { outcome: string }) => result.outcome,
        ({ cause }: { cause: { type: string; message: string } }) => `${cause.type}: ${cause.message}`,
      );
      const { startTime, closeTime } = await handle.describe();
      const { currentDetails: details = '' } = await handle.query<{ currentDetails?: string }>(
        '__temporal_workflow_metadata',
      );
      return { outcome, waitedMs: Number(closeTime) - Number(startTime), details, notices };
    },
    options,
  );
}

/** The time of day in UTC, so much from now. */
async function inTime(ms: number): Promise<number> {
  return ((await env.currentTimeMs()) + ms) % (24 * HOUR);
}

it('waits until that one has ended, and begins then', async () => {
  const open = await openRun();
  const waited = await due(
    { policy: { every: '90d', window: '02:00-05:00' }, latest: await inTime(3 * HOUR) },
    async () => {
      await env.sleep(2 * HOUR);
      await open.terminate();
    },
  );
  expect(waited.outcome).toBe('rotated');
  expect(waited.waitedMs).toBeGreaterThan(2 * HOUR);
  expect(waited.details).toBe('### zot: see the run oidc-client/zot');
  expect(waited.notices).toEqual([]);
});

it('gives up at the end of its window, and people are told', async () => {
  const open = await openRun();
  try {
    const waited = await due({ latest: await inTime(3 * HOUR) });
    expect(waited.outcome).toContain('AlreadyRunning: client zot is being changed by workflow oidc-client/zot');
    expect(waited.outcome).toContain('it did not end in the time in which this one could wait');
    expect(waited.waitedMs).toBeGreaterThanOrEqual(3 * HOUR - 5 * 60_000);
    expect(waited.waitedMs).toBeLessThan(3 * HOUR + 60_000);
    expect(waited.details).toContain('### zot is being changed by oidc-client/zot');
    expect(waited.notices.map(({ kind, title }) => `${kind} ${title}`)).toEqual([
      'failed OIDC client zot was not rotated',
    ]);
  } finally {
    await open.terminate();
  }
});

it('does not wait where no Schedule has started it', async () => {
  const open = await openRun();
  try {
    const { outcome, waitedMs } = await due(undefined);
    expect(outcome).toMatch(/one run at a time$/);
    expect(waitedMs).toBeLessThan(10 * 60_000);
  } finally {
    await open.terminate();
  }
});
