import { afterEach, describe, it } from 'vitest';
import { rotatable } from './rotationFaults.ts';
import { QUICK_RETRY, useTestBed, type TestBed } from './testBed.ts';
import { expectHarmless } from './zombies.ts';
import { MET, NOT_YET, READS, type Story } from './zombieStories.ts';

const BEDS = [
  { name: 'manual', layout: 'manual' },
  { name: 'consumers', layout: 'consumers' },
  { name: 'auto', layout: 'auto' },
  { name: 'forge', layout: 'manual', forge: 'github' },
] as const;

for (const { name, ...options } of BEDS)
  describe(`${name}: a worker that goes on after the run has ended`, () => {
    let bed: TestBed;
    useTestBed({ ...options, worker: 'none', adjust: QUICK_RETRY }, (started) => {
      bed = started;
    });
    afterEach(async () => bed.killWorker());

    const met = Object.entries<Story>(MET[name]);
    for (const [activity] of met.filter(([each]) => each in NOT_YET))
      it.todo(`changes nothing in ${activity} (not yet run: ${NOT_YET[activity]})`);
    const run = met.filter(([activity]) => !(activity in NOT_YET));
    it.each(run)('changes nothing in %s (%s)', { timeout: 180_000 }, async (activity, story) => {
      const client = `z-${activity.toLowerCase()}`;
      const zombie =
        name === 'consumers' ? { client: 'photos' } : { client, registration: rotatable(client, options.layout) };
      await expectHarmless(bed, { activity, story, read: READS[activity], ...zombie });
    });
  });
