import type { DeregisterResult } from '../../core/run/deregistration.ts';
import type { RotateResult } from '../../core/run/rotation.ts';
import { leftInWords, type Check, type Leftover, type RegisterResult } from '../../core/run/reports.ts';
import { heading, paint } from './style.ts';

/** What a run that changes a client ends with. */
export type RunResult = RegisterResult | RotateResult | DeregisterResult;

/** The seed's four verification points come first among the checks of a registration. */
const POINTS = 4;

/** What a run did and what remains, for a terminal. */
export function resultText(result: RunResult): string {
  const { created, changed, removed, alreadyRight, kept, warnings, remaining } = { ...EMPTY, ...result };
  const lists: readonly (readonly [string, readonly (string | Leftover)[]])[] = [
    ['Created', created],
    ['Changed', changed],
    ['Removed', removed],
    ['Already right', alreadyRight],
    ['Kept', kept],
    ['Warnings', warnings],
    ['Remaining for people', remaining],
  ];
  return [
    ...lists.filter(([, entries]) => entries.length > 0).map(([title, entries]) => section(title, entries)),
    ...('wayBack' in result && result.wayBack !== undefined ? [section('The way back', [result.wayBack])] : []),
    ...('window' in result && result.window !== undefined
      ? [
          section('Logins', [
            `new ones may have failed for ${(result.window.ms / 1000).toFixed(1)} s: ${result.window.meaning.replace(/^new logins failed for at most \d+ ms: /, '')}`,
          ]),
        ]
      : []),
    ...checks(result),
  ].join('\n');
}

const EMPTY: Readonly<Record<'created' | 'changed' | 'removed' | 'alreadyRight' | 'remaining', readonly string[]>> = {
  created: [],
  changed: [],
  removed: [],
  alreadyRight: [],
  remaining: [],
};

/** The end of a run in one line. */
export function outcomeText(result: RunResult): string {
  const { client, outcome } = result;
  const commit = 'commit' in result && result.commit !== undefined ? `, commit ${result.commit.slice(0, 12)}` : '';
  if (outcome === 'takenBack') return `${client}: the change that was half done is taken back`;
  if (outcome !== 'unchanged') return `${client}: ${outcome}${commit}`;
  return 'removed' in result ? `${client}: is not registered, there is nothing to take out` : `${client}: is as asked`;
}

function checks(result: RunResult): readonly string[] {
  if (result.checks.length === 0) return [];
  if (!('created' in result)) return [heading('Checks'), ...result.checks.map(checkLine)];
  const points = result.checks.slice(0, POINTS).map(checkLine);
  const further = result.checks.slice(POINTS).map(checkLine);
  return [
    heading('Verification points'),
    ...points,
    ...(further.length > 0 ? [heading('Further checks'), ...further] : []),
  ];
}

function section(title: string, entries: readonly (string | Leftover)[]): string {
  const line = (entry: string | Leftover): string => (typeof entry === 'string' ? entry : leftInWords(entry).trimEnd());
  return [heading(title), ...entries.map((entry) => `  - ${line(entry)}`)].join('\n');
}

function checkLine(check: Check): string {
  const mark = check.ok ? paint('green', '✓') : paint('red', '✗');
  return `  ${mark} ${check.name}: ${check.ok ? 'true' : 'false'} (${check.detail})`;
}
