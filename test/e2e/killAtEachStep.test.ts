import { describe, expect, it } from 'vitest';
import { clientNamed } from '../fixtures/clients.ts';
import { expectOneChange } from './expectOneChange.ts';
import { holdStep, watching } from './holds.ts';
import { KILLED } from './struckAt.ts';
import { QUICK_RETRY, useTestBed, type TestBed } from './testBed.ts';
import { eventually } from '../fixtures/polling.ts';
import { IDS } from '../../core/run/ids.ts';

describe('a worker that is killed', () => {
  let bed: TestBed;
  useTestBed({ worker: 'process', adjust: QUICK_RETRY }, (started) => {
    bed = started;
  });

  const steps = KILLED.register;
  it.each(steps)('during %s is followed by another that finishes with one secret and one change', async (step) => {
    const registration = clientNamed(`k-${step.toLowerCase()}`);
    const base = await bed.world.repository.head();
    const done = watching(bed.world);
    await holdStep(bed.world, step, { land: 'last' });
    const handle = await bed.start(registration.metadata.name, registration);
    await bed.until(handle, (view) => view.steps.some((each) => each.name === step && each.state === 'running'), step);

    await bed.killWorker();
    done();
    await bed.startWorkerProcess();

    const result = await bed.result(handle);
    expect(result.outcome).toBe('registered');
    await expectOneChange(bed, registration, base);
  });

  it('that is stopped in an orderly way during a wait is followed by another that goes on', async () => {
    const registration = clientNamed('k-orderly');
    const base = await bed.world.repository.head();
    await holdStep(bed.world, 'syncBlueprint', { land: 'last' });
    const handle = await bed.start(registration.metadata.name, registration);
    await bed.until(
      handle,
      (view) => view.steps.some((each) => each.name === 'syncBlueprint' && each.state === 'running'),
      'waiting',
    );

    await bed.stopWorker();
    await bed.startWorkerProcess();

    expect((await bed.result(handle)).outcome).toBe('registered');
    await expectOneChange(bed, registration, base);
  });

  it('after the push of landChange and before its answer, with a cancel pending, ends landed with nothing undone', async () => {
    const registration = clientNamed('k-late-cancel');
    const base = await bed.world.repository.head();
    const done = watching(bed.world);
    await holdStep(bed.world, 'landChange', { land: 'last' });
    const handle = await bed.start(registration.metadata.name, registration);
    await eventually(
      async () => bed.landedSince(base),
      ({ length }) => length > 0,
    );

    await handle.cancel();
    await bed.killWorker();
    done();
    await bed.startWorkerProcess();

    const result = await bed.result(handle);
    expect(result.outcome).toBe('registered');
    await expectOneChange(bed, registration, base);
    const { status } = await bed.client.workflow.getHandle(IDS.client('k-late-cancel')).describe();
    expect(status.name).toBe('COMPLETED');
  });
});
