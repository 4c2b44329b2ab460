import { describe, expect, it } from 'vitest';
import { CHANGES, CHANGE_STEPS, changed, failChange, registered } from './changes.ts';
import { useTestBed, type TestBed } from './testBed.ts';

const LAYOUTS = [
  { layout: 'manual', land: 'last' },
  { layout: 'auto', land: 'first' },
] as const;

describe.each(LAYOUTS)('a registered client on the $layout layout', ({ layout, land }) => {
  let bed: TestBed;
  useTestBed({ layout }, (started) => {
    bed = started;
  });
  const client = registered('tool', layout);

  describe.each(CHANGES.map((change, i) => [change[0], change, i] as const))(
    'that is to get %s',
    (_what, change, i) => {
      const wanted = changed(client, change);

      it.each([...CHANGE_STEPS])('is as it was after a failure in %s', async (step) => {
        if (i === 0 && step === CHANGE_STEPS[0]) await bed.register('tool', client);
        await bed.world.settled();
        const before = await bed.world.snapshot();
        await failChange(bed.world, step, { land, slug: 'tool' });

        const failure = await bed.fail('tool', wanted);

        expect(failure.kept).toEqual([]);
        await bed.expectAsBefore(before);
      });

      it('is as asked after a run that does not fail', async () => {
        const result = await bed.register('tool', wanted);

        expect(result.outcome).toBe('registered');
        expect(result.checks.filter((check) => !check.ok)).toEqual([]);
      });
    },
  );
});
