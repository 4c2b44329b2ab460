import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleDescription,
  type ScheduleOptions,
  type ScheduleUpdateOptions,
} from '@temporalio/client';
import { REQUEST_MS } from '../../core/base/attemptOver.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { SCHEDULE_MEMO, scheduleTimes, type RotationPolicy } from '../../core/registration/rotationPolicy.ts';
import type { Ids } from '../../core/run/ids.ts';
import { staticWords } from '../../core/run/staticWords.ts';
import { NO_ATTEMPT, type Attempt } from '../attempt.ts';
import type { FoundSchedule, PutOptions, RotationSchedules } from './rotationSchedules.ts';

/** Schedules of rotations, as `temporal schedule` shows, triggers, pauses and deletes them as well. */
export function createRotationSchedules(client: Client, ids: Ids, attempt: Attempt = NO_ATTEMPT): RotationSchedules {
  return {
    read: async (name) => {
      const found = await described(client, ids, name);
      return found && madeBy(found);
    },
    async put(name, policy, options) {
      const there = await described(client, ids, name);
      const note = options.note ?? (there && madeBy(there).note);
      const wanted = scheduleOptions(name, policy, ids, { ...options, ...(note === undefined ? {} : { note }) });
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
        state: stateAfter(previous.state, wanted, options),
      });
      await attempt.timeFor(REQUEST_MS);
      await client.schedule.getHandle(ids.schedule(name)).update(update).catch(refuse);
      return 'changed';
    },
    async remove(name) {
      if ((await described(client, ids, name)) === undefined) return { removed: false };
      await attempt.timeFor(REQUEST_MS);
      await client.schedule.getHandle(ids.schedule(name)).delete().catch(refuse);
      return { removed: true };
    },
  };
}

/** Who made a Schedule, and by which policy, as its memo says. */
export function madeBy({ action }: Pick<ScheduleDescription, 'action'>): FoundSchedule {
  return (action.memo?.[SCHEDULE_MEMO] as FoundSchedule | undefined) ?? { by: 'person', policy: undefined };
}

/** The Schedules that {@link createRotationSchedules} makes, by client, as a list tells them: a moment late. */
export async function* listedRotations(client: Client, ids: Ids) {
  const prefix = ids.schedule('');
  for await (const schedule of client.schedule.list()) {
    if (schedule.action?.workflowType !== 'rotateSecret' || !schedule.scheduleId.startsWith(prefix)) continue;
    yield { name: schedule.scheduleId.slice(prefix.length), schedule };
  }
}

async function described(client: Client, ids: Ids, name: string) {
  try {
    return await client.schedule.getHandle(ids.schedule(name)).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw unavailable(error);
  }
}

type ScheduleState = NonNullable<ScheduleOptions['state']>;

/** A pause keeps the reason of whoever paused it, unless the options say something else. */
function stateAfter(
  previous: ScheduleState = {},
  { state: { note } = {} }: ScheduleOptions,
  options: PutOptions,
): ScheduleState {
  const { paused: was = false, note: reason } = previous;
  const { paused = was } = options;
  const keeps = paused && was && options.note === undefined;
  const told = keeps ? reason : note;
  return { ...previous, paused, ...(told === undefined ? {} : { note: told }) };
}

function refuse(error: unknown): never {
  throw unavailable(error);
}

/** gRPC's INVALID_ARGUMENT: what was asked for cannot be. */
const INVALID = 3;

function unavailable(error: unknown): RegistrarError {
  const { code, details } = error as { code?: number; details?: string };
  if (code === INVALID)
    return new RegistrarError({
      system: 'Temporal',
      kind: 'BadInput',
      message: `the server refuses these times: ${details ?? 'it does not say why'}`,
      remedy: 'Write "cron" as five fields, such as "0 3 1 */3 *", or give "every".',
    });
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
  ids: Ids,
  { by, note, paused }: PutOptions,
): ScheduleOptions {
  const { interval, cron, timeZone, jitter, catchupWindow, latest } = scheduleTimes(policy, Date.now());
  const memo: FoundSchedule = {
    by,
    policy,
    ...(note === undefined ? {} : { note }),
    ...(latest === undefined ? {} : { latest }),
  };
  return {
    scheduleId: ids.schedule(name),
    spec: {
      ...(interval === undefined ? {} : { intervals: [interval] }),
      ...(cron === undefined ? {} : { cronExpressions: [cron] }),
      ...(timeZone === undefined || cron === undefined ? {} : { timezone: timeZone }),
      ...(jitter === 0 ? {} : { jitter }),
    },
    action: {
      type: 'startWorkflow',
      workflowType: 'rotateSecret',
      workflowId: ids.schedule(name),
      taskQueue: ids.taskQueue,
      args: [{ client: name }],
      memo: { [SCHEDULE_MEMO]: memo },
      ...staticWords('rotateSecret', 'its schedule', name),
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow, pauseOnFailure: false },
    state: { note: note ?? wordingOf(name, policy, by), paused: paused ?? false },
  };
}

/** A Schedule in words, for where nobody has said what it is for. */
export function wordingOf(
  name: string,
  { every, cron, window, timeZone }: RotationPolicy,
  by: FoundSchedule['by'],
): string {
  const when = every === undefined ? `at "${cron}"` : `every ${every}`;
  const within = window === undefined ? '' : `, within ${window}`;
  const zone = timeZone === undefined ? '' : ` ${timeZone}`;
  return `${name} ${when}${within}${zone}${by === 'registration' ? ", by its registration's policy" : ''}`;
}
