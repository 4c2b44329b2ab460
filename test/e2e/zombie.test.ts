import { afterEach, describe, it } from 'vitest';
import { QUICK_RETRY, useTestBed, type TestBed } from './testBed.ts';
import { expectHarmless } from './zombies.ts';

const REPRESENTATIVES = [
  ['the vault', 'generateSecret'],
  ['Argo CD', 'patchExternalSecret'],
  ['a Lease', 'acquireTurn'],
  ['Git', 'renderAnsibleFiles'],
] as const;

describe('a worker that is stopped before it writes, and goes on after the undo', () => {
  let bed: TestBed;
  useTestBed({ worker: 'none', adjust: QUICK_RETRY }, (started) => {
    bed = started;
  });
  afterEach(async () => bed.killWorker());

  it.each(REPRESENTATIVES)('changes nothing at %s (%s)', { timeout: 150_000 }, async (_where, activity) => {
    await expectHarmless(bed, activity);
  });
});
