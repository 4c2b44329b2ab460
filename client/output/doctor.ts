import type { DoctorFinding, DoctorSeverity } from '../../core/doctor/finding.ts';
import { summaryOf } from '../../core/doctor/summary.ts';
import { asTyped } from '../asTyped.ts';
import { FAILED, WELL } from './exitCodes.ts';
import { onLines } from './problems.ts';
import { paint } from './style.ts';

/** 1 where a run would be refused or fail: a plan answers so, too. */
export function exitCodeOf(findings: readonly DoctorFinding[]): number {
  return findings.some(({ severity }) => severity === 'error') ? FAILED : WELL;
}

export function doctorJson(findings: readonly DoctorFinding[]): string {
  return JSON.stringify({ ok: exitCodeOf(findings) === WELL, findings }, null, 2);
}

/** What was found, by system, in the order in which they were looked at. */
export function doctorText(findings: readonly DoctorFinding[]): string {
  const systems = [...new Set(findings.map(({ system }) => system))];
  return [
    ...systems.flatMap((name) => [
      paint('bold', name),
      ...findings.filter(({ system }) => system === name).map(findingText),
    ]),
    '',
    paint('bold', summaryOf(findings)),
  ].join('\n');
}

const SIGNS: Readonly<Record<DoctorSeverity, string>> = {
  well: paint('green', '✓'),
  warning: paint('yellow', '!'),
  error: paint('red', '✗'),
};

function findingText({ severity, what, message, remedy }: DoctorFinding): string {
  const line = `  ${SIGNS[severity]} ${what}: ${asTyped(onLines(message))}`;
  return remedy === undefined ? line : `${line}\n      → ${asTyped(remedy).replaceAll('\n', '\n        ')}`;
}
