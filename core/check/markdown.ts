import { code, prose } from '../base/markdown.ts';
import type { CheckAllResult, CheckResult, Finding } from './finding.ts';
import { byWorst, isAsAsked, leftOutOf, SEVERITY_WORDS, summaryOf } from './summary.ts';

/** So many findings of a client, and so many names, are shown: what the UI shows is no result. */
const SHOWN = 20;

/** A check as the Temporal UI shows it. */
export function checkMarkdown(result: CheckResult): string {
  const { client, ok, findings, rotatedAt } = result;
  const rotated = rotatedAt === undefined ? [] : ['', `Secret rotated last: ${rotatedAt}`];
  if (isAsAsked(result)) return [`### ${prose(client)}: as asked`, ...rotated].join('\n');
  const shown = findings.slice(0, SHOWN);
  const more = findings.length - shown.length + leftOutOf(result);
  return [
    `### ${prose(client)}: ${ok && findings.every(({ severity }) => severity === 'inProgress') ? 'a run is at work' : summaryOf(result)}`,
    '',
    ...shown.map((finding) => `- ${line(finding)}`),
    ...(more === 0 ? [] : [`- ${more} more`]),
    ...rotated,
  ].join('\n');
}

/** The check of all clients: those that are as asked in one line, the others with what was found. */
export function checkAllMarkdown(
  { clients, leftOut = 0 }: Pick<CheckAllResult, 'clients' | 'leftOut'>,
  running: readonly string[] = [],
): string {
  const well = clients.filter(isAsAsked).map(({ client }) => client);
  const others = clients.filter((result) => !isAsAsked(result)).toSorted(byWorst);
  const all = clients.length + leftOut + running.length;
  return [
    `### ${well.length} of ${all} clients are as asked`,
    ...(running.length === 0 ? [] : ['', `Still to check: ${names(running)}`]),
    ...others.slice(0, SHOWN).map((result) => `\n${checkMarkdown(result)}`),
    ...(others.length <= SHOWN ? [] : ['', `Not as asked either: ${names(others.slice(SHOWN).map(nameOf))}`]),
    ...(well.length === 0 ? [] : ['', `As asked: ${names(well)}`]),
  ].join('\n');
}

const nameOf = ({ client }: CheckResult): string => client;

function names(clients: readonly string[]): string {
  const more = clients.length - SHOWN;
  return prose(clients.slice(0, SHOWN).join(', ')) + (more > 0 ? ` and ${more} more` : '');
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
