import { expect, it } from 'vitest';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { expectOneChange } from './expectOneChange.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({ vaultLagMs: 700 }, (started) => {
  bed = started;
});

it('takes everything back where reads of the vault lag behind its writes', async () => {
  const before = await bed.world.snapshot();
  await failStep(bed.world, 'patchExternalSecret', { land: 'last', slug: 'late', mayApply: true });

  const failure = await bed.fail('late', clientNamed('late'));

  expect(failure.kept).toEqual([]);
  await bed.expectAsBefore(before);
  bed.world.faults.clear();
});

it('registers with one secret where reads of the vault lag behind its writes', async () => {
  const client = clientNamed('lagging');
  const base = await bed.world.repository.head();

  expect((await bed.register('lagging', client)).outcome).toBe('registered');

  await expectOneChange(bed, client, base);
});
