import { afterEach, describe, expect, it } from 'vitest';
import { createActivities } from '../../activities/createActivities.ts';
import type { Deps } from '../../activities/deps.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { QUICK_RETRY, useTestBed, type TestBed } from './testBed.ts';
import { expectHarmless } from './zombies.ts';
import { HARMLESS, MET, READS } from './zombieStories.ts';

const REPRESENTATIVES = [
  ['the vault', 'generateSecret'],
  ['Argo CD', 'patchExternalSecret'],
  ['Authentik', 'syncBlueprint'],
  ['a Lease', 'acquireTurn'],
  ['Git', 'renderAnsibleFiles'],
] as const;

it('every activity is met by zombieEverywhere.test.ts or zombieUndo.test.ts, or it is said why it need not be', () => {
  const listed = [HARMLESS, ...Object.values(MET)].flatMap(Object.keys);
  expect(listed.toSorted()).toEqual(Object.keys(createActivities({} as Deps)).toSorted());
});

describe('a worker that is stopped before it writes, and goes on after the undo', () => {
  let bed: TestBed;
  useTestBed({ worker: 'none', adjust: QUICK_RETRY }, (started) => {
    bed = started;
  });
  afterEach(async () => bed.killWorker());

  it.each(REPRESENTATIVES)('changes nothing at %s (%s)', async (_where, activity) => {
    const client = `z-${activity.toLowerCase()}`;
    const registration = clientNamed(client);
    await expectHarmless(bed, { activity, story: 'register', client, registration, read: READS[activity] });
  });
});
