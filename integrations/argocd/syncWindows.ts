import { CronExpressionParser } from 'cron-parser';

/** A sync window as an AppProject writes it. */
export interface SyncWindow {
  readonly kind: 'allow' | 'deny';
  readonly schedule: string;
  /** Go duration, as `1h30m`. */
  readonly duration: string;
  readonly applications?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly clusters?: readonly string[];
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
 * Why a sync that somebody asks for is shut at a time, or undefined. An active deny window shuts, unless it permits manual
 * syncs; with allow windows, one must be active or permit them (Argo CD documentation, "Sync Windows").
 */
export function shutWindowOf(windows: readonly SyncWindow[], target: WindowTarget, now: Date): string | undefined {
  const matching = windows.filter((window) => matches(window, target));
  const denying = matching.filter((window) => window.kind === 'deny' && isActive(window, now));
  const shut = denying.find((window) => window.manualSync !== true);
  if (shut !== undefined) return `deny window "${shut.schedule}" for ${shut.duration}`;
  const allowing = matching.filter((window) => window.kind === 'allow');
  if (allowing.length === 0 || allowing.some((window) => isActive(window, now) || window.manualSync === true))
    return undefined;
  return `no allow window is open (${allowing.map((window) => `"${window.schedule}" for ${window.duration}`).join(', ')})`;
}

function matches(window: SyncWindow, target: WindowTarget): boolean {
  const any = (patterns: readonly string[] | undefined, values: readonly string[]): boolean =>
    (patterns ?? []).some((pattern) => values.some((value) => glob(pattern, value)));
  return (
    any(window.applications, [target.name]) ||
    any(window.namespaces, [target.namespace]) ||
    any(window.clusters, target.cluster)
  );
}

function glob(pattern: string, value: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return value !== '' && new RegExp(`^${source}$`).test(value);
}

function isActive(window: SyncWindow, now: Date): boolean {
  const cron = CronExpressionParser.parse(window.schedule, {
    currentDate: new Date(now.getTime() + 1),
    tz: window.timeZone ?? 'UTC',
  });
  return now.getTime() - cron.prev().getTime() < durationMs(window.duration);
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

function durationMs(text: string): number {
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)].reduce(
    (sum, part) => sum + Number(part[1]) * (UNITS[part[2] ?? ''] ?? 0),
    0,
  );
}
