import { prose } from '../base/markdown.ts';
import type { Diagnosis, DoctorFinding } from './finding.ts';
import { summaryOf } from './summary.ts';

/** A diagnosis as the Temporal UI shows it: what is amiss first. */
export function diagnosisMarkdown({ findings, version }: Diagnosis): string {
  const amiss = findings.filter(({ severity }) => severity !== 'well');
  const well = findings.filter(({ severity }) => severity === 'well');
  return [
    `### ${summaryOf(findings)}`,
    '',
    ...[...amiss, ...well].map(line),
    '',
    `Looked at by a worker of release ${version}`,
  ].join('\n');
}

function line({ severity, system, what, message, remedy }: DoctorFinding): string {
  const told = remedy === undefined ? message : `${message}. ${remedy}`;
  return `- **${severity}**, ${system}, ${prose(what)}: ${prose(told)}`;
}
