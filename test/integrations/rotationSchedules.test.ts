import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleOptions,
  type ScheduleUpdateOptions,
} from '@temporalio/client';
import { expect, it } from 'vitest';
import { listSchedules, pauseSchedule, setSchedule } from '../../client/commands/schedule.ts';

/** A Temporal with one schedule, which it takes as it is given; its next run is at midnight UTC. */
function temporalWithOne(): { readonly client: Client; readonly state: () => ScheduleOptions['state'] } {
  let held: ScheduleOptions | undefined;
  const handle = {
    describe: async () => {
      const info = { nextActionTimes: [new Date('2026-12-01T00:00:00Z')] };
      return { scheduleId: held?.scheduleId, ...held, info } as unknown as ScheduleDescription;
    },
    update: async (change: (previous: ScheduleUpdateOptions) => ScheduleUpdateOptions) => {
      if (held === undefined) throw new Error('there is none');
      held = { ...held, ...change(held as ScheduleUpdateOptions) };
    },
    pause: async (note: string) => {
      if (held !== undefined) held = { ...held, state: { ...held.state, paused: true, note } };
    },
  };
  const create = async (options: ScheduleOptions): Promise<void> => {
    if (held !== undefined) throw new ScheduleAlreadyRunning('it is there', options.scheduleId);
    held = options;
  };
  // A schedule that is there, with a note of Temporal's own alone, as its command line makes it.
  const first = { scheduleId: 'oidc-rotate/zot', action: {}, spec: {}, state: { note: 'by hand' } };
  held = first as unknown as ScheduleOptions;
  const list = async function* () {
    yield { scheduleId: held?.scheduleId, action: { workflowType: 'rotateSecret' } };
  };
  const client = { schedule: { create, list, getHandle: () => handle } } as unknown as Client;
  return { client, state: () => held?.state };
}

it('a change of a schedule keeps what its options do not say', async () => {
  const { client, state } = temporalWithOne();
  const said = async (options: Parameters<typeof setSchedule>[2]): Promise<string | undefined> => {
    const lines: string[] = [];
    await setSchedule(client, 'zot', options, (line) => lines.push(line));
    return lines.at(-1);
  };

  expect(await said({ every: '90d' })).toBe('zot every 90d: next 2026-12-01 00:00 UTC');
  expect(await said({ every: '90d', note: 'agreed with security' })).toBe(
    'zot every 90d (agreed with security): next 2026-12-01 00:00 UTC',
  );
  await pauseSchedule(client, 'zot', 'on holiday', () => undefined);
  expect(await said({ cron: '0 9 * * *', timeZone: 'Asia/Tokyo' })).toBe(
    'zot at "0 9 * * *" Asia/Tokyo (agreed with security): paused (on holiday), else next 2026-12-01 09:00 Asia/Tokyo',
  );
  expect(state()).toEqual({ paused: true, note: 'on holiday' });
  expect(await said({ cron: '0 9 * * *', timeZone: 'Asia/Tokyo', paused: false })).toBe(
    'zot at "0 9 * * *" Asia/Tokyo (agreed with security): next 2026-12-01 09:00 Asia/Tokyo',
  );
  expect(state()).toEqual({ paused: false, note: 'agreed with security' });
  expect(await said({ every: '30d', paused: true, note: 'until the audit' })).toBe(
    'zot every 30d (until the audit): paused, else next 2026-12-01 00:00 UTC',
  );
});

it('a list of schedules as JSON says of each whose it is, when it comes next and what it is for', async () => {
  const { client } = temporalWithOne();
  const lines: string[] = [];
  await setSchedule(client, 'zot', { every: '90d', note: 'agreed with security', paused: true }, () => undefined);
  await listSchedules(client, (line) => lines.push(line), true);
  expect(JSON.parse(lines.join('\n'))).toEqual({
    schedules: [
      {
        scheduleId: 'oidc-rotate/zot',
        paused: true,
        next: ['2026-12-01T00:00:00.000Z'],
        for: 'zot every 90d (agreed with security)',
        by: 'person',
        policy: { every: '90d' },
        note: 'agreed with security',
      },
    ],
  });
});
