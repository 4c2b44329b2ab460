import type { CheckAllResult, CheckResult, Finding } from '../../core/check/finding.ts';
import { countsOf, isAsAsked, leftOutOf, SEVERITY_WORDS, summaryOf } from '../../core/check/summary.ts';
import { FAILED, NOT_AS_ASKED, WELL } from './exitCodes.ts';
import { paint } from './style.ts';
import { ids } from '../ids.ts';

/** 2 where anything is not as asked, 1 where that could not be told of every system, 0 otherwise: an open run is no drift. */
export function exitCodeOf(clients: readonly CheckResult[]): number {
  const found = new Set(clients.flatMap((client) => Object.keys(countsOf(client))));
  if (found.has('drift') || found.has('alarm')) return NOT_AS_ASKED;
  return found.has('unreadable') ? FAILED : WELL;
}

/** Where more clients than this are as asked, they are counted. */
const NAMED = 20;

/** The result for a person. */
export function checkText({ clients, leftOut = 0 }: Pick<CheckAllResult, 'clients' | 'leftOut'>): string {
  const well = clients.filter(isAsAsked);
  const counted = well.length > NAMED;
  const shown = counted ? clients.filter((client) => !isAsAsked(client)) : clients;
  return [
    ...shown.map(clientText),
    ...(counted ? [`${paint('green', '✓')} ${well.length} of ${clients.length + leftOut} clients: as asked`] : []),
    ...(leftOut === 0 ? [] : [`${leftOut} more clients are no worse off, and there is no room to tell of them.`]),
  ].join('\n');
}

function clientText(result: CheckResult): string {
  const { client, findings, rotatedAt } = result;
  const rotated = rotatedAt === undefined ? '' : paint('dim', ` (secret rotated last on ${rotatedAt.slice(0, 10)})`);
  if (isAsAsked(result)) return `${paint('green', '✓')} ${client}: as asked${rotated}`;
  const more = leftOutOf(result);
  return [
    `${paint('bold', client)}: ${summaryOf(result)}${rotated}`,
    ...findings.map(findingText),
    ...(more === 0 ? [] : [`  ${more} more: see workflow ${ids().check(client)} in Temporal`]),
  ].join('\n');
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
