import { describe, expect, it } from 'vitest';
import { registrationSchema } from '../../../core/registration/registration.ts';
import { brokenRules } from '../../../core/registration/registrationRules.ts';
import { scheduleTimes, waitsUntil, type RotationPolicy } from '../../../core/registration/rotationPolicy.ts';
import { zotRegistration } from '../../fixtures/zot.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 25, 19, 30);

/** The moments at which an interval strikes next, as Temporal counts them: from the epoch, with the offset. */
function next(policy: RotationPolicy, now = NOW): number {
  const { every = 0, offset = 0 } = scheduleTimes(policy, now).interval ?? {};
  return now + every - ((((now - offset) % every) + every) % every);
}

it('counts an interval from the moment that it is made', () => {
  expect(next({ every: '90d' })).toBe(NOW + 90 * DAY);
  expect(scheduleTimes({ every: '2w', jitter: '3h' }, NOW)).toMatchObject({ jitter: 3 * HOUR, catchupWindow: DAY });
  expect(scheduleTimes({ every: '30s' }, NOW).catchupWindow).toBe(30_000);
});

it('leaves a cron expression and its time zone to Temporal', () => {
  const times = scheduleTimes({ cron: '0 3 1 */3 *', timeZone: 'Europe/Berlin' }, NOW);
  expect(times).toEqual({ cron: '0 3 1 */3 *', timeZone: 'Europe/Berlin', jitter: 0, catchupWindow: DAY });
});

describe('a window', () => {
  it.each(['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Sydney', 'Asia/Tokyo'])(
    'is kept in %s the whole year round, and at every moment that a schedule is made',
    (timeZone) => {
      // One for all: each takes memory that the process keeps, and then every program that it starts takes longer.
      const format = new Intl.DateTimeFormat('en-US', { timeZone, hour: 'numeric', hourCycle: 'h23' });
      const hourAt = (at: number): number => Number(format.format(at));
      for (let made = 0; made < 48; made += 1) {
        const now = NOW + (made * HOUR) / 2;
        const policy = { every: '7d', window: '22:00-02:00', timeZone };
        const first = next(policy, now);
        expect(first).toBeGreaterThan(now + 5 * DAY);
        const { jitter } = scheduleTimes(policy, now);
        for (let run = 0; run < 52; run += 1) {
          const begins = first + run * 7 * DAY;
          expect([22, 23, 0, 1]).toContain(hourAt(begins));
          expect([22, 23, 0, 1]).toContain(hourAt(begins + jitter - 1));
        }
      }
    },
  );

  it('is made up for while it is open alone', () => {
    expect(scheduleTimes({ every: '90d', window: '02:00-05:00' }, NOW).catchupWindow).toBe(3 * HOUR);
  });
});

it.each<[string, RotationPolicy, string]>([
  ['nothing', {}, 'either'],
  ['both', { every: '90d', cron: '@monthly' }, 'either'],
  ['no duration', { every: 'often' }, 'is no duration'],
  ['a window with cron', { cron: '@monthly', window: '02:00-05:00' }, '"window" goes with'],
  ['a window with hours', { every: '36h', window: '02:00-05:00' }, 'whole days'],
  ['a window that is none', { every: '90d', window: '2-5' }, 'no time of day'],
  [
    'a window that the clock change swallows',
    { every: '90d', window: '02:00-03:00', timeZone: 'Europe/Berlin' },
    'shorter',
  ],
  ['window and jitter', { every: '90d', window: '02:00-05:00', jitter: '1h' }, '"jitter" does not go'],
  ['an unknown zone', { cron: '@monthly', timeZone: 'Mars/Olympus' }, 'no time zone'],
  ['a zone for nothing', { every: '90d', timeZone: 'Europe/Berlin' }, '"timeZone" goes with'],
])('refuses %s', (_, policy, message) => {
  expect(() => scheduleTimes(policy, NOW)).toThrow(message);
});

it('a registration names what is wrong with its policy', () => {
  const rotation = { every: '90d', cron: '@monthly' };
  const registration = registrationSchema.parse({ ...zotRegistration, spec: { ...zotRegistration.spec, rotation } });
  expect(brokenRules(registration)).toEqual([
    {
      path: ['spec', 'rotation'],
      message: 'give either "every" or "cron". Give one of them, such as 90d for "every".',
    },
  ]);
});

describe('a run that is due and cannot begin', () => {
  const day = Date.UTC(2026, 10, 30);

  it('waits until the end of its window', () => {
    const { latest } = scheduleTimes({ every: '90d', window: '23:00-01:00' }, NOW);
    expect(latest).toBe(HOUR);
    expect(waitsUntil({ latest }, day - HOUR / 2)).toBe(day + HOUR);
    expect(waitsUntil({ latest }, day + HOUR)).toBe(day + HOUR);
    const summer = scheduleTimes({ every: '90d', window: '02:00-05:00', timeZone: 'Europe/Berlin' }, NOW);
    expect(summer.latest).toBe(3 * HOUR);
  });

  it('waits a day where there is none, and no longer than an interval or a window that is known', () => {
    expect(waitsUntil({}, day)).toBe(day + DAY);
    expect(waitsUntil({ policy: { cron: '@monthly' } }, day)).toBe(day + DAY);
    expect(waitsUntil({ policy: { every: '6h' } }, day)).toBe(day + 6 * HOUR);
    expect(waitsUntil({ policy: { every: '90d', window: '22:30-01:00' } }, day)).toBe(day + 2.5 * HOUR);
  });
});
