import { afterAll, afterEach, beforeEach, describe, it } from 'vitest';
import { rotatable } from './rotationFaults.ts';
import { QUICK_RETRY, TestBed } from './testBed.ts';
import { expectHarmless } from './zombies.ts';
import { MET, READS, type Story } from './zombieStories.ts';

const BEDS = [
  { name: 'manual', layout: 'manual' },
  { name: 'consumers', layout: 'consumers' },
  { name: 'auto', layout: 'auto' },
  { name: 'forge', layout: 'manual', forge: 'github' },
] as const;

/** A test for every activity that is met in one of these stories. */
export function describeZombies(isMeant: (story: Story) => boolean): void {
  for (const { name, ...options } of BEDS) {
    const rows = Object.entries<Story>(MET[name]).filter(([, story]) => isMeant(story));
    if (rows.length > 0)
      describe(`${name}: a worker that goes on after the run has ended`, () => {
        let bed: TestBed | undefined;
        beforeEach(async () => {
          bed ??= await TestBed.start({ ...options, worker: 'none', adjust: QUICK_RETRY });
        });
        afterEach(async ({ task }) => {
          await bed?.killWorker();
          await bed?.heal();
          if (task.result?.state !== 'fail') return;
          // What it has left behind would fail those that follow.
          await bed?.stop();
          bed = undefined;
        });
        afterAll(async () => bed?.stop());

        it.each(rows)('changes nothing in %s (%s)', async (activity, story) => {
          const client = `z-${activity.toLowerCase()}`;
          const zombie =
            name === 'consumers' ? { client: 'photos' } : { client, registration: rotatable(client, options.layout) };
          if (bed === undefined) throw new Error('there is no bed');
          await expectHarmless(bed, { activity, story, read: READS[activity], ...zombie });
        });
      });
  }
}
