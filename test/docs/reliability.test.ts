import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createActivities } from '../../activities/createActivities.ts';
import type { Deps } from '../../activities/deps.ts';
import { matrixOf } from '../faults/cells.ts';
import { ELSEWHERE, STRUCK } from '../faults/elsewhere.ts';
import { FAULTS } from '../faults/faults.ts';
import { processTable } from '../faults/processes.ts';
import { reportOf, type Results, RESULTS } from '../faults/report.ts';

const page = readFileSync(new URL('../../docs/reliability.md', import.meta.url), 'utf8');

it('the fault matrix has every activity, or says why not', () => {
  expect([...STRUCK, ...Object.keys(ELSEWHERE)].toSorted()).toEqual(
    Object.keys(createActivities({} as Deps)).toSorted(),
  );
});

it('the kept run of the fault matrix has come to every activity that is in it', () => {
  const { activities } = JSON.parse(readFileSync(RESULTS, 'utf8')) as Results;
  expect([...new Set(Object.values(activities).flat())].toSorted()).toEqual(STRUCK);
});

it('docs/reliability.md shows the places that the tests of processes go through', () => {
  expect(page).toContain(`\n${processTable()}\n`);
});

it('docs/reliability.md shows what the last kept run of the fault matrix came to', () => {
  expect(page).toContain(`\n${reportOf(JSON.parse(readFileSync(RESULTS, 'utf8')) as Results)}\n`);
});

it.each(['authentik read', 'authentik write', 'consumer write', 'git read', 'git write', 'git local'])(
  'a call "%s" meets each fault of its system, or there is a reason',
  (call) => {
    const { cells, notApplicable } = matrixOf('register, forward', new Map([['a', new Map([[call, 1]])]]), 1);
    const ofSystem = FAULTS.filter(({ of }) => of === (call.startsWith('git') ? 'git' : 'http'));
    const struck = cells.filter(({ fault: { of } }) => of !== 'temporal');
    expect(struck.length).toBeGreaterThan(0);
    expect(struck.length + notApplicable.length).toBe(ofSystem.length);
  },
);
