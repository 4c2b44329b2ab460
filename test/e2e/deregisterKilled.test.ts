import { expect, it } from 'vitest';
import type { DeregisterResult } from '../../core/run/deregistration.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { expectSameState, startDeregistration, strikeStep, untilStep } from './deregistering.ts';
import { watching } from './holds.ts';
import { LONG } from './long.ts';
import { KILLED, KILLED_OFTEN } from './struckAt.ts';
import { QUICK_RETRY, useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({ worker: 'process', adjust: QUICK_RETRY }, (started) => {
  bed = started;
});

it.each(LONG ? KILLED.deregister : KILLED_OFTEN)(
  'a worker that is killed during %s is followed by another that finishes the deregistration',
  async (step) => {
    const registration = clientNamed(`k-${step.toLowerCase()}`);
    const { name } = registration.metadata;
    await bed.world.settled();
    const before = await bed.world.snapshot();
    await bed.register(name, registration);
    const base = await bed.world.repository.head();
    const done = watching(bed.world);
    await strikeStep(bed.world, step, 'hold');
    const handle = await startDeregistration(bed, name, { registration, purge: true });
    await untilStep(bed, handle, step);

    await bed.killWorker();
    done();
    await bed.startWorkerProcess();

    const result = (await bed.result(handle)) as unknown as DeregisterResult;
    expect(result.outcome).toBe('deregistered');
    expect(await bed.landedSince(base)).toHaveLength(1);
    await expectSameState(bed, before);
  },
);
