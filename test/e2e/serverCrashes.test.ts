import { expect, it } from 'vitest';
import type { StepName } from '../../core/run/steps.ts';
import { expectOneChange } from './expectOneChange.ts';
import { holdStep, watching } from './holds.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { clientNamed } from '../fixtures/clients.ts';

let bed: TestBed;
useTestBed({ database: true }, (started) => {
  bed = started;
});

it('a Temporal server that is killed while steps work, and started again, loses nothing of a registration', async () => {
  const registration = clientNamed('crashed');
  const base = await bed.world.repository.head();
  const held: [StepName, letGo: () => void][] = [];
  for (const step of ['storeSecret', 'syncBlueprint'] as const) {
    await holdStep(bed.world, step, { land: 'last', ms: 0 });
    held.push([step, watching(bed.world)]);
  }
  const handle = await bed.start('crashed', registration);

  for (const [step, letGo] of held) {
    const working = ({ name, state }: { name: string; state: string }): boolean => name === step && state === 'running';
    await bed.until(handle, ({ steps }) => steps.some(working), step);
    const again = bed.temporal.crash();
    // What has no server to be told to ends its work all the same.
    letGo();
    await again;
  }

  expect((await bed.result(handle)).outcome).toBe('registered');
  await expectOneChange(bed, registration, base);
});
