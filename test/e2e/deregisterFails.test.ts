import { beforeAll, describe, expect, it } from 'vitest';
import type { DeregisterStep } from '../../core/run/deregistration.ts';
import type { LayoutName } from '../../sandbox/world/layout.ts';
import { clientNamed } from '../fixtures/clients.ts';
import {
  deregister,
  expectSameState,
  failDeregistration,
  startDeregistration,
  strikeStep,
  untilStep,
} from './deregistering.ts';
import { watching } from './holds.ts';
import { LONG } from './long.ts';
import { CANCELLED, undoneOf } from './struckAt.ts';
import { useTestBed, type TestBed } from './testBed.ts';

describe.each<{ layout: LayoutName }>([{ layout: 'manual' }, { layout: 'auto' }])(
  'a deregistration on the $layout layout',
  ({ layout }) => {
    const land = layout === 'manual' ? 'last' : 'first';
    const client = clientNamed('gone', layout);
    let bed: TestBed;
    let without: unknown;
    useTestBed({ layout }, (started) => {
      bed = started;
    });
    beforeAll(async () => {
      without = await bed.world.snapshot();
      await bed.register('gone', client);
      // Our entries are then in the midst of the files.
      await bed.register('later', clientNamed('later', layout));
      await bed.world.settled();
    });

    it.each(undoneOf(land))('that fails in %s leaves the client registered and working', async (step) => {
      const before = await bed.world.snapshot();
      await strikeStep(bed.world, step, 'fail');

      const failure = await failDeregistration(bed, 'gone', client);

      expect(failure.kept).toEqual([]);
      expect(failure.message).toContain('gone was not deregistered');
      expect(failure.message).toContain('Everything is as it was');
      await bed.expectAsBefore(before);
      await bed.heal();
      await expectWorking(bed);
    });

    // The undo is the same as after a failure: both ways to land are cancelled in every step by test:long.
    const here: readonly DeregisterStep[] =
      layout === 'manual' ? ['takeOutBlueprint', 'verifyRemoval'] : ['landChange'];
    const cancellable = LONG ? CANCELLED.deregister(land) : here;
    it.each(cancellable)('that is cancelled in %s leaves the client registered and working', async (step) => {
      const before = await bed.world.snapshot();
      const done = watching(bed.world);
      await strikeStep(bed.world, step, 'hold');
      const handle = await startDeregistration(bed, 'gone', client);
      await untilStep(bed, handle, step);

      await handle.cancel();
      done();

      expect((await bed.failure(handle)).cancelled).toBe(true);
      await bed.expectAsBefore(before);
      await bed.heal();
      await expectWorking(bed);
    });

    it('that fails past its point of no return names what is left, and the next one does it', async () => {
      await strikeStep(bed.world, 'removeAccounts', 'fail');
      await strikeStep(bed.world, 'retireSecret', 'fail');

      const failure = await failDeregistration(bed, 'gone', { registration: client, purge: true });

      expect(failure.type).toBe('Incomplete');
      expect(failure.kept.map((entry) => entry.what)).toEqual(['removeAccounts', 'retireSecret']);
      const again = await deregister(bed, 'gone', { registration: client, purge: true });
      expect(again.outcome).toBe('deregistered');
      expect(again.removed.join('\n')).toContain('Authentik group gone-bots');
      const later = await deregister(bed, 'later', { registration: clientNamed('later', layout), purge: true });
      expect(later.outcome).toBe('deregistered');
      await expectSameState(bed, without);
    });
  },
);

/** Runs the registration again: it proves the secret, the login and every object, and changes nothing. */
async function expectWorking(bed: TestBed): Promise<void> {
  const { land } = bed.world.installation.gitops;
  const result = await bed.register('gone', clientNamed('gone', land === 'first' ? 'auto' : 'manual'));
  expect(result.outcome).toBe('unchanged');
  expect(result.checks.map((check) => check.ok)).not.toContain(false);
}
