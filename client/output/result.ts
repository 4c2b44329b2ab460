import type { Check, RegisterResult } from '../../core/run.ts';
import { heading, paint } from './style.ts';

/** The seed's four verification points come first among the checks of a registration. */
const POINTS = 4;

/** What a run did and what remains, for a terminal. */
export function resultText(result: RegisterResult): string {
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['Created', result.created],
    ['Changed', result.changed],
    ['Already right', result.alreadyRight],
    ['Kept', result.kept],
    ['Warnings', result.warnings],
    ['Remaining for people', result.remaining],
  ];
  const sections = lists.filter(([, entries]) => entries.length > 0).map(([title, entries]) => section(title, entries));
  const points = result.checks.slice(0, POINTS).map(checkLine);
  const further = result.checks.slice(POINTS).map(checkLine);
  return [
    ...sections,
    heading('Verification points'),
    ...points,
    ...(further.length > 0 ? [heading('Further checks'), ...further] : []),
  ].join('\n');
}

function section(title: string, entries: readonly string[]): string {
  return [heading(title), ...entries.map((entry) => `  - ${entry}`)].join('\n');
}

function checkLine(check: Check): string {
  const mark = check.ok ? paint('green', '✓') : paint('red', '✗');
  return `  ${mark} ${check.name}: ${check.ok ? 'true' : 'false'} (${check.detail})`;
}
