import type { Finding, Severity } from './finding.ts';

/** Most urgent first. */
export const SEVERITIES: readonly Severity[] = ['alarm', 'drift', 'unreadable', 'inProgress', 'notice'];

export const SEVERITY_WORDS: Readonly<Record<Severity, string>> = {
  alarm: 'ALARM',
  drift: 'drift',
  unreadable: 'unreadable',
  inProgress: 'in progress',
  notice: 'notice',
};

/** Whether nothing drifted and everything could be read. Neither what an open run explains counts, nor a notice. */
export function isOk(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity === 'inProgress' || severity === 'notice');
}

/** "1 ALARM, 2 drift". */
export function summaryOf(findings: readonly Finding[]): string {
  return SEVERITIES.map((severity) => ({
    severity,
    count: findings.filter((finding) => finding.severity === severity).length,
  }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${SEVERITY_WORDS[severity]}`)
    .join(', ');
}
