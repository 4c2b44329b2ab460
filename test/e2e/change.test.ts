import { describe, expect, it } from 'vitest';
import { CHANGES, CHANGE_STEPS, changed, failChange, registered } from './changes.ts';
import { useTestBed, type TestBed } from './testBed.ts';

/** One step for each kind here; every kind at every step is in changeAtEachStep. */
describe.each([{ layout: 'manual', land: 'last' }] as const)(
  'a registered client on the $layout layout',
  ({ layout, land }) => {
    let bed: TestBed;
    useTestBed({ layout }, (started) => {
      bed = started;
    });

    it.each(CHANGES.map((change, i) => [change[0], change, i] as const))(
      'gets %s, or stays as it was',
      async (_what, change, i) => {
        const name = `change-${i}`;
        const client = registered(name, layout);
        const wanted = changed(client, change);
        await bed.register(name, client);
        await bed.world.settled();
        const before = await bed.world.snapshot();
        const step = CHANGE_STEPS[i % CHANGE_STEPS.length] ?? 'landChange';
        await failChange(bed.world, step, { land, slug: name });

        const failure = await bed.fail(name, wanted);

        expect(failure.kept).toEqual([]);
        await bed.expectAsBefore(before);
        await bed.heal();
        const base = await bed.world.repository.head();

        const result = await bed.register(name, wanted);

        expect(result.outcome).toBe('registered');
        expect(result.checks.filter((check) => !check.ok)).toEqual([]);
        expect(
          (await bed.world.repository.numstat(base, await bed.world.repository.head())).map(({ file }) => file),
        ).toEqual([bed.world.installation.authentik.blueprints.file]);
        expect((await bed.register(name, wanted)).outcome).toBe('unchanged');
      },
    );
  },
);
