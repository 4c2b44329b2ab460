import { expect, it } from 'vitest';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({ layout: 'auto' }, (started) => {
  bed = started;
});

it('takes back what the target branch deployed by itself before the push had answered', async () => {
  const before = await bed.world.snapshot();
  const { rows } = bed.world.authentik.database;
  await bed.world.repository.setFaults({ slowAnswer: { branch: bed.world.repository.branch, seconds: 4 } });
  const handle = await bed.start('zot');
  const view = await bed.until(handle, () => rows.applications.length > 0, 'the application in Authentik');
  expect(view.steps.find(({ name }) => name === 'landChange')?.state).toBe('running');

  await handle.cancel();

  expect((await bed.failure(handle)).cancelled).toBe(true);
  await bed.expectAsBefore(before);
});
