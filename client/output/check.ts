import type { CheckResult, Finding } from '../../core/check/finding.ts';
import { isOk, SEVERITY_WORDS, summaryOf } from '../../core/check/summary.ts';
import { FAILED, NOT_AS_ASKED, WELL } from './exitCodes.ts';
import { paint } from './style.ts';

/** 2 where anything is not as asked, 1 where that could not be told of every system, 0 otherwise: an open run is no drift. */
export function exitCodeOf(clients: readonly CheckResult[]): number {
  const findings = clients.flatMap((client) => client.findings);
  if (findings.some(({ severity }) => severity === 'drift' || severity === 'alarm')) return NOT_AS_ASKED;
  return isOk(findings) ? WELL : FAILED;
}

/** The result for a person. */
export function checkText(clients: readonly CheckResult[]): string {
  return clients.map(clientText).join('\n');
}

function clientText({ client, findings, rotatedAt }: CheckResult): string {
  const rotated = rotatedAt === undefined ? '' : paint('dim', ` (secret rotated last on ${rotatedAt.slice(0, 10)})`);
  if (findings.length === 0) return `${paint('green', '✓')} ${client}: as asked${rotated}`;
  return [`${paint('bold', client)}: ${summaryOf(findings)}${rotated}`, ...findings.map(findingText)].join('\n');
}

function findingText({ severity, system, what, expected, found, remedy }: Finding): string {
  const colour = severity === 'alarm' ? 'red' : severity === 'inProgress' ? 'dim' : 'yellow';
  const rows = [
    `  ${paint(colour, SEVERITY_WORDS[severity])}  ${system}: ${what}`,
    ...(expected === undefined ? [] : [`      expected  ${expected === '' ? 'nothing' : expected}`]),
    ...(found === undefined ? [] : [`      found     ${found === '' ? 'nothing' : found}`]),
    `      → ${remedy}`,
  ];
  return rows.join('\n');
}
