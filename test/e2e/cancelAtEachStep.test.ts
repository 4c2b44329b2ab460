import { describe, expect, it } from 'vitest';
import type { LayoutName } from '../../sandbox/world/layout.ts';
import { holdStep, watching } from './holds.ts';
import { LONG } from './long.ts';
import { CANCELLED } from './struckAt.ts';
import { useTestBed, type TestBed } from './testBed.ts';

describe.each<{ layout: LayoutName }>([{ layout: 'manual' }, { layout: 'auto' }])(
  'a cancel on the $layout layout',
  ({ layout }) => {
    const land = layout === 'manual' ? 'last' : 'first';
    let bed: TestBed;
    useTestBed({ layout }, (started) => {
      bed = started;
    });

    const cancellable = CANCELLED.register(land);
    // Up to there both ways to land do the same.
    const differing = land === 'last' || LONG ? cancellable : cancellable.slice(cancellable.indexOf('landChange'));
    it.each(differing)('in the middle of %s rolls back', async (step) => {
      const before = await bed.world.snapshot();
      const done = watching(bed.world);
      await holdStep(bed.world, step, { land });
      const handle = await bed.start('zot');
      if (step === 'preflight' && land === 'last') await bed.untilItsTurn(handle);
      await bed.until(
        handle,
        (view) => view.steps.some((each) => each.name === step && each.state === 'running'),
        step,
      );

      await handle.cancel();
      done();

      const failure = await bed.failure(handle);
      expect(failure.cancelled).toBe(true);
      await bed.expectAsBefore(before);
    });
  },
);
