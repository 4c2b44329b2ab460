import { code, prose } from '../base/markdown.ts';
import type { CheckAllResult, CheckResult, Finding } from './finding.ts';
import { SEVERITY_WORDS, summaryOf } from './summary.ts';

/** A check as the Temporal UI shows it. */
export function checkMarkdown({ client, ok, findings, rotatedAt }: CheckResult): string {
  const rotated = rotatedAt === undefined ? [] : ['', `Secret rotated last: ${rotatedAt}`];
  if (findings.length === 0) return [`### ${prose(client)}: as asked`, ...rotated].join('\n');
  return [
    `### ${prose(client)}: ${ok && findings.every(({ severity }) => severity === 'inProgress') ? 'a run is at work' : summaryOf(findings)}`,
    '',
    ...findings.map((finding) => `- ${line(finding)}`),
    ...rotated,
  ].join('\n');
}

/** The check of all clients: those that are as asked in one line, the others with what was found. */
export function checkAllMarkdown({ clients }: CheckAllResult, running: readonly string[] = []): string {
  const well = clients.filter(({ findings }) => findings.length === 0).map(({ client }) => client);
  return [
    `### ${well.length} of ${clients.length + running.length} clients are as asked`,
    ...(running.length === 0 ? [] : ['', `Still to check: ${prose(running.join(', '))}`]),
    ...clients.filter(({ findings }) => findings.length > 0).map((result) => `\n${checkMarkdown(result)}`),
    ...(well.length === 0 ? [] : ['', `As asked: ${prose(well.join(', '))}`]),
  ].join('\n');
}

function line({ system, severity, what, expected, found, remedy }: Finding): string {
  const values = [
    ...(expected === undefined ? [] : [`expected ${value(expected)}`]),
    ...(found === undefined ? [] : [`found ${value(found)}`]),
  ].join(', ');
  const rest = values === '' ? '' : ` (${values})`;
  return `**${SEVERITY_WORDS[severity]}**, ${system}: ${prose(what)}${rest}. ${prose(remedy)}`;
}

function value(text: string): string {
  return text === '' ? 'nothing' : code(text);
}
