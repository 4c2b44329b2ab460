import type { CheckResult, Finding, Severity } from './finding.ts';

/** Most urgent first. */
export const SEVERITIES: readonly Severity[] = ['alarm', 'drift', 'unreadable', 'inProgress', 'notice'];

export const SEVERITY_WORDS: Readonly<Record<Severity, string>> = {
  alarm: 'ALARM',
  drift: 'drift',
  unreadable: 'unreadable',
  inProgress: 'in progress',
  notice: 'notice',
};

export function byWeight(a: Finding, b: Finding): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
}

/** Whether nothing drifted and everything could be read. Neither what an open run explains counts, nor a notice. */
export function isOk(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity === 'inProgress' || severity === 'notice');
}

/** Findings as a result tells them: some may be counted only. */
export type Counted = Pick<CheckResult, 'findings' | 'counts'>;

/** How many there are of each severity, with those that are counted only. */
export function countsOf({ findings, counts }: Counted): Readonly<Partial<Record<Severity, number>>> {
  if (counts !== undefined) return counts;
  const found = SEVERITIES.map(
    (severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const,
  );
  return Object.fromEntries(found.filter(([, count]) => count > 0));
}

/** How many are counted only. */
export function leftOutOf(result: Counted): number {
  const all = Object.values(countsOf(result)).reduce((sum, count) => sum + count, 0);
  return all - result.findings.length;
}

/** Whether there is nothing to tell of a client, counted or told. */
export function isAsAsked(result: Counted): boolean {
  return Object.keys(countsOf(result)).length === 0;
}

/** Clients by the worst that was found of them; those of which there is nothing to tell come last. */
export function byWorst(a: Counted, b: Counted): number {
  return worstOf(a) - worstOf(b);
}

function worstOf(result: Counted): number {
  const counts = countsOf(result);
  const place = SEVERITIES.findIndex((severity) => counts[severity] !== undefined);
  return place === -1 ? SEVERITIES.length : place;
}

/** "1 ALARM, 2 drift". */
export function summaryOf(result: Counted): string {
  const counts = countsOf(result);
  return SEVERITIES.flatMap((severity) => {
    const count = counts[severity] ?? 0;
    return count === 0 ? [] : [`${count} ${SEVERITY_WORDS[severity]}`];
  }).join(', ');
}
