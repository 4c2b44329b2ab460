import type { WorkflowHandle } from '@temporalio/client';
import { expect, it } from 'vitest';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { eventually } from '../fixtures/polling.ts';
import { holdStep, watching } from './holds.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

/** `temporal workflow reset` to where this activity had not been scheduled yet. */
async function resetBefore({ workflowId }: WorkflowHandle, activity: string): Promise<WorkflowHandle> {
  const { events } = await bed.client.workflow.getHandle(workflowId).fetchHistory();
  const scheduled = (events ?? [])
    .map((event) => event.activityTaskScheduledEventAttributes)
    .find((each) => each?.activityType?.name === activity);
  await bed.client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId },
    workflowTaskFinishEventId: scheduled?.workflowTaskCompletedEventId ?? null,
    requestId: `reset-${activity}`,
    reason: 'a test',
  });
  return bed.client.workflow.getHandle(workflowId);
}

/** What the newest try of an activity failed with. */
async function lastFailure(handle: WorkflowHandle, activity: string): Promise<string> {
  const { raw } = await handle.describe();
  const pending = raw.pendingActivities?.find(({ activityType }) => activityType?.name === activity);
  return pending?.lastFailure?.message ?? '';
}

/** Another client has its turn, until it is let go on. */
async function holding(client: string): Promise<{ holder: WorkflowHandle; letGo: () => void }> {
  await bed.world.settled();
  const letGo = watching(bed.world);
  await holdStep(bed.world, 'preflight', { land: 'last', ms: 0 });
  const holder = await bed.start(client, clientNamed(client));
  await bed.untilItsTurn(holder);
  return { holder, letGo };
}

async function firstFailure(handle: WorkflowHandle, activity: string): Promise<string> {
  return eventually(
    () => lastFailure(handle, activity),
    (message) => message !== '',
  );
}

it('a run that was reset patches nothing while another client has the turn, and finds what it has landed', async () => {
  const first = await bed.start('early', clientNamed('early'));
  expect((await bed.result(first)).outcome).toBe('registered');
  const { holder, letGo } = await holding('beside-early');

  const again = await resetBefore(first, 'patchExternalSecret');

  expect(await firstFailure(again, 'patchExternalSecret')).toContain('is held by oidc-client/beside-early');
  letGo();
  expect((await bed.result(holder)).outcome).toBe('registered');
  expect((await bed.result(again)).outcome).toBe('registered');
  await bed.world.settled();
  for (const client of ['early', 'beside-early'])
    expect((await bed.register(client, clientNamed(client))).outcome).toBe('unchanged');
});

it('nor does it land, and what it had taken back stays taken back', async () => {
  await failStep(bed.world, 'landChange', { land: 'last', slug: 'late', mayApply: true });
  const first = await bed.start('late', clientNamed('late'));
  expect((await bed.failure(first)).kept).toEqual([]);
  await bed.heal();
  const { holder, letGo } = await holding('beside-late');

  const again = await resetBefore(first, 'landChange');

  expect(await firstFailure(again, 'landChange')).toContain('is held by oidc-client/beside-late');
  letGo();
  expect((await bed.result(holder)).outcome).toBe('registered');
  expect((await bed.failure(again)).kept).toEqual([]);
  expect((await bed.register('late', clientNamed('late'))).outcome).toBe('registered');
});
