import type { WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { createRotationSchedules } from '../../integrations/temporal/temporalSchedules.ts';
import type { Fault } from '../../sandbox/faults/faults.ts';
import { failPlace, holdPlace, rotatable } from '../../test/e2e/rotationFaults.ts';
import { ended, type Recorder, type Setting, until } from './recorder.ts';
import { AUTO, MANUAL, notified, story, withTimings, type Story } from './story.ts';
import { IDS } from '../../core/run/ids.ts';

/** Authentik refuses the new secret, once. */
const REFUSED: Fault = {
  system: 'authentik',
  path: '/application/o/revoke/',
  times: 1,
  effect: { kind: 'error', status: 401, body: { error: 'invalid_client' } },
};

/** Registers zot, and starts its rotation, which asks a person. */
async function rotation(bed: Recorder): Promise<WorkflowHandleWithFirstExecutionRunId> {
  await bed.run('registerClient', 'zot');
  return bed.start('rotateSecret', 'zot');
}

/** A person is ready, and the next thing that they are asked is to update the service. */
async function ready(bed: Recorder, handle: WorkflowHandle): Promise<void> {
  await bed.untilAsked(handle, 'ready');
  await handle.executeUpdate('ready');
}

async function confirm(bed: Recorder, handle: WorkflowHandle): Promise<void> {
  await bed.untilAsked(handle, 'distribute');
  await handle.executeUpdate('confirm');
}

const TURNS: RegistrationInput = rotatable('turns');

/** Registers a client whose consumer the job updates by itself. */
async function turns(bed: Recorder): Promise<void> {
  await bed.run('registerClient', 'turns', TURNS);
  await bed.world.consumer.byHand('turns');
}

/** A rotation dies once the new value is in service. */
async function diesHalfWay(bed: Recorder): Promise<void> {
  await turns(bed);
  holdPlace(bed.world, 'distribute');
  const dead = await bed.start('rotateSecret', 'turns', TURNS);
  await bed.untilRunning(dead, 'distribute');
  await dead.terminate();
}

/** The Schedule of zot starts a rotation, which runs itself as a child under the client's own id. */
async function scheduled(bed: Recorder): Promise<readonly WorkflowHandle[]> {
  await bed.run('registerClient', 'zot');
  const schedule = await bed.client.schedule.create({
    scheduleId: 'oidc-rotate/zot',
    spec: { intervals: [{ every: '90 days' }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'rotateSecret',
      taskQueue: IDS.taskQueue,
      args: [{ client: 'zot' }],
    },
  });
  await schedule.trigger();
  let parentId: string | undefined;
  await until('the run of the schedule', async () => {
    const [started] = (await schedule.describe()).info.recentActions;
    parentId = started?.action.workflow.workflowId;
    return parentId !== undefined;
  });
  const child = bed.client.workflow.getHandle(IDS.client('zot'));
  await ready(bed, child);
  await confirm(bed, child);
  return [await ended(bed.client.workflow.getHandle(parentId ?? '')), child];
}

/** A run of zot is open when its Schedule starts another, which begins once that one has ended. */
async function scheduledMeetsAnother(bed: Recorder): Promise<WorkflowHandle> {
  const open = await rotation(bed);
  await bed.untilAsked(open, 'ready');
  await createRotationSchedules(bed.client, IDS).put('zot', { every: '90d' }, { by: 'person' });
  const schedule = bed.client.schedule.getHandle('oidc-rotate/zot');
  await schedule.trigger();
  let parentId: string | undefined;
  await until('the run of the schedule, which waits', async () => {
    const [started] = (await schedule.describe()).info.recentActions;
    parentId = started?.action.workflow.workflowId;
    if (parentId === undefined) return false;
    const { historyLength } = await bed.client.workflow.getHandle(parentId).describe();
    return historyLength > 10;
  });
  await open.cancel();
  await ended(open);
  const child = bed.client.workflow.getHandle(IDS.client('zot'));
  await until('the rotation', async () => {
    const { status, runId } = await child.describe();
    return status.name === 'RUNNING' && runId !== open.firstExecutionRunId;
  });
  await ready(bed, child);
  await confirm(bed, child);
  return ended(bed.client.workflow.getHandle(parentId ?? ''));
}

const SHORT_WAITS: Setting = withTimings(MANUAL, { waitMs: 8_000, waitRetryMs: 9_000 });

export const ROTATIONS: readonly Story[] = [
  story('rotated', notified(MANUAL), async (bed) => {
    const run = await rotation(bed);
    await bed.untilTold();
    await ready(bed, run);
    await confirm(bed, run);
    return ended(run);
  }),
  story('rotation-restored-land-first', AUTO, async (bed) => {
    bed.world.faults.add({ ...REFUSED, arm: { method: 'POST', path: '/apply/' } });
    const run = await rotation(bed);
    await ready(bed, run);
    return ended(run);
  }),
  story('nobody-was-ready', withTimings(MANUAL, { readyMs: 1_000 }, { notified: true }), async (bed) =>
    ended(await rotation(bed)),
  ),
  story('rotation-cancelled-waiting-for-confirm', AUTO, async (bed) => {
    const run = await rotation(bed);
    await ready(bed, run);
    await bed.untilAsked(run, 'distribute');
    await run.cancel();
    return ended(run);
  }),
  story('rotated-by-commands', MANUAL, async (bed) => {
    await turns(bed);
    return bed.run('rotateSecret', 'turns', TURNS);
  }),
  story('rotation-restored-at-consumers', SHORT_WAITS, async (bed) => {
    await turns(bed);
    failPlace(bed.world, 'testConsumers');
    const run = await bed.start('rotateSecret', 'turns', TURNS);
    await bed.until(run, 'the undo', ({ phase }) => phase === 'undoing');
    await bed.world.clearFaults();
    return ended(run);
  }),
  story('rotation-continued', MANUAL, async (bed) => {
    await diesHalfWay(bed);
    return bed.run('rotateSecret', 'turns', TURNS);
  }),
  story('rotation-taken-back-by-registration', MANUAL, async (bed) => {
    await diesHalfWay(bed);
    return bed.run('registerClient', 'turns', TURNS);
  }),
  story('dead-rotation-not-looked-at', MANUAL, async (bed) => {
    await diesHalfWay(bed);
    bed.world.permissions.delete('add_blueprintinstance');
    return bed.run('registerClient', 'turns', TURNS);
  }),
  { names: ['scheduled', 'child-of-a-schedule'], setting: MANUAL, tell: scheduled },
  story('scheduled-run-waited', MANUAL, scheduledMeetsAnother),
];
