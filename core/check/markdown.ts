import type { CheckAllResult, CheckResult, Finding } from './finding.ts';
import { SEVERITY_WORDS, summaryOf } from './summary.ts';

/** A check as the Temporal UI shows it. */
export function checkMarkdown({ client, ok, findings, rotatedAt }: CheckResult): string {
  const rotated = rotatedAt === undefined ? [] : ['', `Secret rotated last: ${rotatedAt}`];
  if (findings.length === 0) return [`### ${client}: as asked`, ...rotated].join('\n');
  return [
    `### ${client}: ${ok && findings.every(({ severity }) => severity === 'inProgress') ? 'a run is at work' : summaryOf(findings)}`,
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
    ...(running.length === 0 ? [] : ['', `Still to check: ${running.join(', ')}`]),
    ...clients.filter(({ findings }) => findings.length > 0).map((result) => `\n${checkMarkdown(result)}`),
    ...(well.length === 0 ? [] : ['', `As asked: ${well.join(', ')}`]),
  ].join('\n');
}

function line({ system, severity, what, expected, found, remedy }: Finding): string {
  const values = [
    ...(expected === undefined ? [] : [`expected ${code(expected)}`]),
    ...(found === undefined ? [] : [`found ${code(found)}`]),
  ].join(', ');
  const rest = values === '' ? '' : ` (${values})`;
  return `**${SEVERITY_WORDS[severity]}**, ${system}: ${oneLine(what)}${rest}. ${oneLine(remedy)}`;
}

/** A back-tick would end the code. */
function code(text: string): string {
  return text === '' ? 'nothing' : `\`${oneLine(text).replaceAll('`', "'")}\``;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
