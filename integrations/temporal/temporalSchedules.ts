import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleOptions,
  type ScheduleUpdateOptions,
} from '@temporalio/client';
import { REQUEST_MS } from '../../core/base/attemptOver.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { scheduleId, scheduleTimes, type RotationPolicy } from '../../core/registration/rotationPolicy.ts';
import { NO_ATTEMPT, type Attempt } from '../attempt.ts';
import type { FoundSchedule, PutOptions, RotationSchedules } from './rotationSchedules.ts';

/** Key of the memo of a Schedule's runs that says which policy it follows, and whose. */
const MEMO = 'oidc-registrar';

/** Schedules of rotations, as `temporal schedule` shows, triggers, pauses and deletes them as well. */
export function createRotationSchedules(
  client: Client,
  taskQueue: string,
  attempt: Attempt = NO_ATTEMPT,
): RotationSchedules {
  return {
    async read(name) {
      const found = await described(client, name);
      const memo = found?.action.memo?.[MEMO] as FoundSchedule | undefined;
      if (found === undefined) return undefined;
      return memo ?? { by: 'person', policy: undefined };
    },
    async put(name, policy, options) {
      const wanted = scheduleOptions(name, policy, taskQueue, options);
      await attempt.timeFor(REQUEST_MS);
      try {
        await client.schedule.create(wanted);
        return 'created';
      } catch (error) {
        if (!(error instanceof ScheduleAlreadyRunning)) throw unavailable(error);
      }
      const { spec, action, policies = {} } = wanted;
      const update = (previous: ScheduleUpdateOptions): ScheduleUpdateOptions => ({
        ...previous,
        spec,
        action,
        policies,
      });
      await attempt.timeFor(REQUEST_MS);
      await client.schedule.getHandle(scheduleId(name)).update(update).catch(refuse);
      return 'changed';
    },
    async remove(name) {
      if ((await described(client, name)) === undefined) return { removed: false };
      await attempt.timeFor(REQUEST_MS);
      await client.schedule.getHandle(scheduleId(name)).delete().catch(refuse);
      return { removed: true };
    },
  };
}

async function described(client: Client, name: string) {
  try {
    return await client.schedule.getHandle(scheduleId(name)).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw unavailable(error);
  }
}

function refuse(error: unknown): never {
  throw unavailable(error);
}

function unavailable(error: unknown): RegistrarError {
  const { details } = error as { details?: string };
  return new RegistrarError({
    system: 'Temporal',
    kind: 'Unavailable',
    message: `the server does not take schedules: ${details ?? (error as Error).message}`,
    remedy: 'See docs/reference/permissions.md, Temporal.',
  });
}

/**
 * What a Schedule is made of. A run that is due while the one before it is open is skipped: rotations do not pile up, and one
 * that waits for a person is not asked for twice.
 */
function scheduleOptions(
  name: string,
  policy: RotationPolicy,
  taskQueue: string,
  { by, note, paused }: PutOptions,
): ScheduleOptions {
  const { interval, cron, timeZone, jitter, catchupWindow } = scheduleTimes(policy, Date.now());
  const memo: FoundSchedule = { by, policy };
  return {
    scheduleId: scheduleId(name),
    spec: {
      ...(interval === undefined ? {} : { intervals: [interval] }),
      ...(cron === undefined ? {} : { cronExpressions: [cron] }),
      ...(timeZone === undefined || cron === undefined ? {} : { timezone: timeZone }),
      ...(jitter === 0 ? {} : { jitter }),
    },
    action: {
      type: 'startWorkflow',
      workflowType: 'rotateSecret',
      workflowId: scheduleId(name),
      taskQueue,
      args: [{ client: name }],
      memo: { [MEMO]: memo },
      staticSummary: `rotation of ${name}, by its schedule`,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow, pauseOnFailure: false },
    state: { note: note ?? wording(name, policy, by), paused: paused ?? false },
  };
}

function wording(name: string, { every, cron, window, timeZone }: RotationPolicy, by: FoundSchedule['by']): string {
  const when = every === undefined ? `at "${cron}"` : `every ${every}`;
  const within = window === undefined ? '' : `, within ${window}`;
  const zone = timeZone === undefined ? '' : ` ${timeZone}`;
  return `${name} ${when}${within}${zone}${by === 'registration' ? ", by its registration's policy" : ''}`;
}
