import { expect, it } from 'vitest';
import { holdStep, watching } from './holds.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({ layout: 'auto' }, (started) => {
  bed = started;
});

it('takes back what the target branch deployed by itself before the push had answered', async () => {
  const before = await bed.world.snapshot();
  const { rows } = bed.world.authentik.database;
  const done = watching(bed.world);
  await holdStep(bed.world, 'landChange', { land: 'first' });
  const handle = await bed.start('zot');
  const view = await bed.until(handle, () => rows.applications.length > 0, 'the application in Authentik');
  expect(view.steps.find(({ name }) => name === 'landChange')?.state).toBe('running');

  await handle.cancel();
  done();

  expect((await bed.failure(handle)).cancelled).toBe(true);
  await bed.expectAsBefore(before);
});
