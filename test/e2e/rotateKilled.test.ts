import { beforeAll, describe, expect, it } from 'vitest';
import type { RotateResult } from '../../core/run/rotation.ts';
import { watching } from './holds.ts';
import { holdPlace, rotatable, stepOf } from './rotationFaults.ts';
import { KILLED } from './struckAt.ts';
import { QUICK_RETRY, useTestBed, type TestBed } from './testBed.ts';

describe('a worker that is killed during a rotation', () => {
  const registration = rotatable('turns');
  let bed: TestBed;
  useTestBed({ worker: 'process', adjust: QUICK_RETRY }, (started) => {
    bed = started;
  });
  beforeAll(async () => {
    await bed.register('turns', registration);
    await bed.world.consumer.byHand('turns');
  });

  const places = KILLED.rotate;
  it.each(places)('in %s is followed by another that ends with one new secret, at work everywhere', async (place) => {
    const done = watching(bed.world);
    holdPlace(bed.world, place);
    const handle = await bed.startRotation('turns', registration);
    await bed.until(
      handle,
      (view) => view.steps.some((each) => each.name === stepOf(place) && each.state === 'running'),
      place,
    );

    await bed.killWorker();
    done();
    await bed.startWorkerProcess();

    expect((await bed.resultOf<RotateResult>(handle)).outcome).toBe('rotated');
    expect(await bed.world.consumer.works('turns')).toBe(true);
    const { fields } = bed.world.connect.item(bed.world.installation.vault.itemId);
    const labels = fields.map((field) => field.label ?? '').filter((label) => label.startsWith('turns'));
    expect(labels.toSorted()).toEqual(['turns-client-secret', 'turns-client-secret-rotated']);
  });

  it('while it is taken back is followed by another that finishes that', async () => {
    const before = await bed.world.snapshot();
    const done = watching(bed.world);
    holdPlace(bed.world, 'distribute');
    const handle = await bed.startRotation('turns', registration);
    await bed.until(
      handle,
      (view) => view.steps.some((each) => each.name === 'distribute' && each.state === 'running'),
      'distribute',
    );
    await handle.cancel();
    done();
    await bed.until(handle, (view) => view.phase === 'undoing', 'the undo');

    await bed.killWorker();
    await bed.startWorkerProcess();

    expect((await bed.failure(handle)).cancelled).toBe(true);
    expect(await bed.world.consumer.works('turns')).toBe(true);
    await bed.expectAsBefore(before);
  });
});
