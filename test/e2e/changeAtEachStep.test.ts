import { describe, expect, it } from 'vitest';
import { CHANGES, CHANGE_STEPS, changed, failChange, registered } from './changes.ts';
import { turnCluster } from '../../sandbox/world/stepFaults.ts';
import { itWhere } from './long.ts';
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

  itWhere(land === 'last')(
    'whose run ended well and could not release the turn stands where a change fails',
    async () => {
      const kept = registered('kept', layout);
      // In the words of an API server: others are those of something in front of it, and pass.
      const body = { kind: 'Status', status: 'Failure', reason: 'BadRequest', code: 400, message: 'is refused' };
      const system = turnCluster(bed.world.installation);
      bed.world.faults.add({
        system,
        method: 'DELETE',
        path: '/leases/',
        effect: { kind: 'error', status: 400, body },
      });
      const { kept: untidied } = await bed.register('kept', kept);
      expect(untidied.join()).toContain('the turn');
      await bed.heal();
      await failChange(bed.world, 'verifyRegistration', { land, slug: 'kept' });

      const failure = await bed.fail('kept', changed(kept, CHANGES[0] as (typeof CHANGES)[number]));

      expect(failure.kept).toEqual([]);
      await bed.heal();
      expect((await bed.register('kept', kept)).outcome).toBe('unchanged');
    },
  );
});
