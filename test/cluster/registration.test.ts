import { afterEach, describe, expect, it } from 'vitest';
import { stepsInOrder } from '../../core/run/steps.ts';
import { useTestBed, type TestBed } from '../e2e/testBed.ts';
import { BACKENDS } from './backends.ts';
import { failStepOn } from './failStep.ts';

let mend: () => Promise<void> = async () => undefined;
afterEach(async () => {
  await mend();
  mend = async () => undefined;
});

describe.each(BACKENDS)('on $name, a registration', ({ options }) => {
  describe('with the change landed last', () => {
    let bed: TestBed;
    useTestBed(options, (started) => {
      bed = started;
    });

    const undone = stepsInOrder('last').filter((step) => step !== 'cleanUp');
    it.each(undone)('that fails in %s leaves both clusters as they were', async (step) => {
      const before = await bed.world.snapshot();
      const base = await bed.world.repository.head();
      mend = await failStepOn(bed.world, step, { land: 'last', slug: 'zot', mayApply: true });

      const failure = await bed.fail('zot');

      expect(failure.kept).toEqual([]);
      expect(failure.message).toContain('Everything is as it was');
      await bed.expectAsBefore(before);
      expect(await bed.landedSince(base)).toEqual([]);
    });

    it('that is cancelled while the pods roll takes everything back', async () => {
      const before = await bed.world.snapshot();
      const handle = await bed.start('zot');
      await bed.untilRunning(handle, 'syncBlueprint');

      await handle.cancel();

      expect((await bed.failure(handle)).cancelled).toBe(true);
      await bed.expectAsBefore(before);
    });

    it('ends with one secret and one change, and a full sync after it changes nothing', async () => {
      const base = await bed.world.repository.head();

      const result = await bed.register('zot');

      expect(result.outcome).toBe('registered');
      expect(result.checks.filter((check) => !check.ok)).toEqual([]);
      await bed.world.settled();
      const registered = await bed.world.snapshot();
      await bed.world.fullSync();
      await bed.world.settled();
      expect(await bed.world.snapshot()).toEqual(registered);
      expect((await bed.landedSince(base)).map((line) => line.slice(41))).toEqual([
        'Render the credentials of zot by Ansible',
        'Add the blueprint of zot',
        'Deliver the client secret of zot to Authentik',
      ]);
      expect((await bed.register('zot')).outcome).toBe('unchanged');
    });
  });

  describe('with a token that may not apply blueprints', () => {
    let bed: TestBed;
    useTestBed({ ...options, mayApply: false }, (started) => {
      bed = started;
    });

    it('that fails in syncBlueprint leaves both clusters as they were', async () => {
      const before = await bed.world.snapshot();
      mend = await failStepOn(bed.world, 'syncBlueprint', { land: 'last', slug: 'zot', mayApply: false });

      const failure = await bed.fail('zot');

      expect(failure.kept).toEqual([]);
      await bed.expectAsBefore(before);
    });

    it('ends well', async () => {
      expect((await bed.register('zot')).outcome).toBe('registered');
    });
  });

  describe('with the change landed first, by automated sync', () => {
    let bed: TestBed;
    useTestBed({ ...options, layout: 'auto' }, (started) => {
      bed = started;
    });

    // On real clusters nothing makes one read of an ExternalSecret fail, and automated sync heals a sync that does.
    it.each(
      options.hosting === undefined
        ? (['patchExternalSecret', 'verifyRegistration'] as const)
        : (['verifyRegistration'] as const),
    )('that fails in %s is reverted, and both clusters are as they were', async (step) => {
      const before = await bed.world.snapshot();
      mend = await failStepOn(bed.world, step, { land: 'first', slug: 'zot', mayApply: true });

      const failure = await bed.fail('zot');

      expect(failure.kept).toEqual([]);
      await bed.expectAsBefore(before);
    });

    it('ends well', async () => {
      expect((await bed.register('zot')).outcome).toBe('registered');
    });
  });
});
