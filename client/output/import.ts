import { table } from './table.ts';

/** One client of a repository, as `import --all` tells of it. */
export interface ImportRow {
  readonly client: string;
  readonly sections: readonly string[];
  readonly state: 'taken' | 'registered' | 'not taken';
  /** How many lines a run of its registration would change. */
  readonly lines?: number;
  /** What a run would do, or why it is not taken. */
  readonly outcome: string;
}

/** All clients for a person: the name, where it stands, whether it is taken, and what comes of it. */
export function importTable(rows: readonly ImportRow[]): string {
  const cells = rows.map(({ client, sections, state, outcome }) => [
    client,
    sections.join(', '),
    state,
    outcome.replaceAll(/\s+/g, ' '),
  ]);
  const lines = table([['CLIENT', 'SECTION', 'OUTCOME', 'DETAIL'], ...cells]);
  const count = (...states: readonly ImportRow['state'][]) => rows.filter(({ state }) => states.includes(state)).length;
  const registered = count('registered');
  const sum = [
    ...(registered === 0 ? [] : [`${registered} registered already`]),
    ...(registered === rows.length
      ? []
      : [`${count('taken')} of ${rows.length - registered} ${registered === 0 ? '' : 'other '}clients taken`]),
  ];
  return `${lines}\n${sum.join(', ')}`;
}
