import { CronExpressionParser } from 'cron-parser';
import { durationMs } from '../kubernetes/duration.ts';
import { matchesPattern } from './windowPattern.ts';

/** A sync window as an AppProject writes it. */
export interface SyncWindow {
  readonly kind: 'allow' | 'deny';
  readonly schedule: string;
  /** Go duration, as `1h30m`. */
  readonly duration: string;
  readonly applications?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly clusters?: readonly string[];
  /** All of the lists that are given must match, not any of them. */
  readonly andOperator?: boolean;
  readonly manualSync?: boolean;
  readonly timeZone?: string;
}

export interface WindowTarget {
  readonly name: string;
  readonly namespace: string;
  /** Address and name of the destination cluster. */
  readonly cluster: readonly string[];
}

/**
 * Why a sync that somebody asks for is shut at a time, or undefined. Active deny windows shut, unless all of them permit
 * manual syncs, and then nothing else is asked; with allow windows, one must be active or permit them (Argo CD's
 * `SyncWindows.CanSync`). A window that cannot be read shuts too: Argo CD syncs nothing then.
 */
export function shutWindowOf(windows: readonly SyncWindow[], target: WindowTarget, now: Date): string | undefined {
  const matching = windows.filter((window) => matches(window, target));
  const broken = matching.find((window) => activeAt(window, now) === undefined);
  if (broken !== undefined) return `${inWords(broken)} cannot be read`;
  const denying = matching.filter((window) => window.kind === 'deny' && activeAt(window, now));
  const shut = denying.find((window) => window.manualSync !== true);
  if (shut !== undefined) return inWords(shut);
  if (denying.length > 0) return undefined;
  const allowing = matching.filter((window) => window.kind === 'allow');
  if (allowing.length === 0 || allowing.some((window) => activeAt(window, now) || window.manualSync === true))
    return undefined;
  return `no allow window is open (${allowing.map((window) => `"${window.schedule}" for ${window.duration}`).join(', ')})`;
}

function inWords(window: SyncWindow): string {
  return `${window.kind} window "${window.schedule}" for ${window.duration}`;
}

function matches(window: SyncWindow, target: WindowTarget): boolean {
  const lists: readonly (readonly [readonly string[] | undefined, readonly string[]])[] = [
    [window.applications, [target.name]],
    [window.namespaces, [target.namespace]],
    [window.clusters, target.cluster],
  ];
  const found = lists
    .filter(([patterns]) => (patterns ?? []).length > 0)
    .map(([patterns = [], values]) =>
      patterns.some((pattern) => values.some((value) => matchesPattern(pattern, value))),
    );
  return window.andOperator === true ? found.length > 0 && found.every(Boolean) : found.some(Boolean);
}

/** Undefined where schedule or duration say nothing. */
function activeAt(window: SyncWindow, now: Date): boolean | undefined {
  const length = durationMs(window.duration);
  if (length === undefined) return undefined;
  try {
    const cron = CronExpressionParser.parse(window.schedule, {
      currentDate: new Date(now.getTime() + 1),
      tz: window.timeZone ?? 'UTC',
    });
    return now.getTime() - cron.prev().getTime() < length;
  } catch {
    return undefined;
  }
}
