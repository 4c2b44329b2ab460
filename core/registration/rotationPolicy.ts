import { RegistrarError } from '../base/errors.ts';

/** When a secret is rotated: as a registration says it, and as the command line takes it. */
export interface RotationPolicy {
  /** `90d`; `s`, `m`, `h`, `d` or `w`. Either this or `cron`. */
  readonly every?: string | undefined;
  /** Five fields, or what Temporal takes beside them, as `@monthly`. */
  readonly cron?: string | undefined;
  /** IANA name for `cron` and `window`; UTC where absent. */
  readonly timeZone?: string | undefined;
  /** Time of day within which a run begins, as `02:00-05:00`. With `every` in whole days. */
  readonly window?: string | undefined;
  /** A run begins so much later at most, at random. */
  readonly jitter?: string | undefined;
}

/** A rotation policy in the words of a Temporal Schedule; milliseconds. */
export interface ScheduleTimes {
  readonly interval?: { readonly every: number; readonly offset: number };
  readonly cron?: string;
  readonly timeZone?: string;
  readonly jitter: number;
  /** A run that was missed, for the server was away, is made up for within so long. */
  readonly catchupWindow: number;
  /** With a window: the time of day in UTC up to which a run begins. */
  readonly latest?: number;
}

/** Key of the memo of a Schedule's runs that says which policy it follows, and whose. */
export const SCHEDULE_MEMO = 'oidc-registrar';

/** What that memo tells of the times; nothing where a Schedule was made by other means than ours. */
export interface ScheduledBy {
  readonly policy?: RotationPolicy | undefined;
  readonly latest?: number | undefined;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };

export const DURATION = /^([1-9]\d{0,4})([smhdw])$/;
export const WINDOW = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/;

/** Derives the times of a Schedule from a policy. Pure; `now` counts the first interval. Throws `BadInput`. */
export function scheduleTimes(policy: RotationPolicy, now: number): ScheduleTimes {
  const { every, cron, timeZone, window, jitter } = policy;
  if ((every === undefined) === (cron === undefined))
    throw bad('give either "every" or "cron"', 'Give one of them, such as 90d for "every".');
  if (timeZone !== undefined) assertTimeZone(timeZone);
  const jitterMs = jitter === undefined ? 0 : durationMs(jitter, 'jitter');
  if (cron !== undefined) {
    if (window !== undefined)
      throw bad('"window" goes with "every" alone', 'Let cron say when it begins, and use jitter.');
    return { cron, ...(timeZone === undefined ? {} : { timeZone }), jitter: jitterMs, catchupWindow: DAY };
  }
  const everyMs = durationMs(every ?? '', 'every');
  if (window !== undefined) return { ...inWindow(everyMs, window, timeZone ?? 'UTC', now), ...noJitter(jitter) };
  if (timeZone !== undefined) throw bad('"timeZone" goes with "cron" or "window"', 'Leave it out, or add a window.');
  return {
    interval: { every: everyMs, offset: now % everyMs },
    jitter: jitterMs,
    catchupWindow: Math.min(everyMs, DAY),
  };
}

function noJitter(jitter: string | undefined): object {
  if (jitter === undefined) return {};
  throw bad('"jitter" does not go with "window": a run begins anywhere in it', 'Leave one of them out.');
}

/**
 * A Temporal interval knows no time zone, and clocks are changed twice a year. So the run begins in the part of the
 * window that is in it the whole year round, in UTC.
 */
function inWindow(every: number, window: string, timeZone: string, now: number): ScheduleTimes {
  if (every % DAY !== 0)
    throw bad('with "window" the interval must be whole days', 'Write it in days or weeks, such as 90d.');
  const match = WINDOW.exec(window);
  if (match === null) throw bad(`window "${window}" is no time of day`, 'Write it as 02:00-05:00.');
  const [, h1 = '', m1 = '', h2 = '', m2 = ''] = match;
  const from = Number(h1) * HOUR + Number(m1) * MINUTE;
  const until = Number(h2) * HOUR + Number(m2) * MINUTE;
  const length = (until - from + DAY) % DAY || DAY;
  const clock = clockOf(timeZone);
  const offsets = Array.from({ length: 53 }, (_, week) => zoneOffset(clock, now + week * 7 * DAY));
  const shift = Math.max(...offsets) - Math.min(...offsets);
  if (length <= shift) {
    const remedy = 'Make it longer, or use cron, which follows the clock.';
    throw bad(`window "${window}" is shorter than the change of the clock in ${timeZone}`, remedy);
  }
  const start = (from - Math.min(...offsets) + 2 * DAY) % DAY;
  // The last beginning before now: the first run comes one interval after it.
  const today = now - (now % DAY) + start;
  const last = today > now ? today - DAY : today;
  const jitter = length - shift;
  const latest = (start + jitter) % DAY;
  return { interval: { every, offset: last % every }, jitter, catchupWindow: Math.max(jitter, MINUTE), latest };
}

/** Until when a run that is due, and cannot begin, waits: the end of its window, or for a day and no longer than an interval. Pure. */
export function waitsUntil({ policy = {}, latest }: ScheduledBy, now: number): number {
  if (latest !== undefined) return now + ((latest - (now % DAY) + DAY) % DAY);
  const [, h1 = 0, m1 = 0, h2 = 0, m2 = 0] = (WINDOW.exec(policy.window ?? '') ?? []).map(Number);
  // A Schedule that was made before its latest time was told: no longer than its window is.
  const length = ((h2 - h1) * HOUR + (m2 - m1) * MINUTE + DAY) % DAY || DAY;
  return now + Math.min(durationOf(policy.every ?? '') || DAY, length);
}

/** The time of day in a zone. One for all moments: each takes much time and memory to make. */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', dateStyle: 'short', timeStyle: 'medium' });
}

/** How far local time is ahead of UTC at a moment. */
function zoneOffset(clock: Intl.DateTimeFormat, at: number): number {
  const part = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  const local = Date.UTC(2000 + (year % 100), month - 1, day, hour, minute, second);
  return local - (at - (at % SECOND));
}

function assertTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone }).format(0);
  } catch {
    throw bad(`there is no time zone "${timeZone}"`, 'Give its IANA name, such as Europe/Berlin.');
  }
}

/** Milliseconds of a text such as `90d`; 0 of any other text. */
export function durationOf(text: string): number {
  const [, count = '', unit = ''] = DURATION.exec(text) ?? [];
  return Number(count) * (UNITS[unit] ?? 0);
}

function durationMs(text: string, field: string): number {
  const ms = durationOf(text);
  if (ms > 0) return ms;
  throw bad(`${field} "${text}" is no duration`, 'Write a number and s, m, h, d or w, such as 90d.');
}

function bad(message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: 'registration file', kind: 'BadInput', message: `rotation: ${message}`, remedy });
}
