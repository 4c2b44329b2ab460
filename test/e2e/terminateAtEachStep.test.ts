import { describe, expect, it } from 'vitest';
import { STEPS } from '../../core/run/steps.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { expectOneChange } from './expectOneChange.ts';
import { holdStep, watching } from './holds.ts';
import { useTestBed, type TestBed } from './testBed.ts';

describe('a run that is terminated', () => {
  let bed: TestBed;
  useTestBed({}, (started) => {
    bed = started;
  });

  it.each(STEPS)(
    'during %s is continued by the next one, with one secret, one change and no leftover',
    async (step) => {
      const registration = clientNamed(`t-${step.toLowerCase()}`);
      const base = await bed.world.repository.head();
      const done = watching(bed.world);
      await holdStep(bed.world, step, { land: 'last', ms: 600 });
      const dead = await bed.start(registration.metadata.name, registration);
      await bed.until(dead, (view) => view.steps.some((each) => each.name === step && each.state === 'running'), step);

      await dead.terminate('a person was in a hurry');
      done();

      const result = await bed.register(registration.metadata.name, registration);
      expect(['registered', 'unchanged']).toContain(result.outcome);
      await expectOneChange(bed, registration, base);
    },
  );
});

describe('a run that is terminated with land: first', () => {
  let bed: TestBed;
  useTestBed({ layout: 'auto' }, (started) => {
    bed = started;
  });

  it.each([
    ['forge', 'landChange'],
    ['status-page', 'patchExternalSecret'],
    ['zot', 'verifyRegistration'],
  ] as const)('(%s) during %s is continued by the next one, with one commit', async (client, step) => {
    const base = await bed.world.repository.head();
    const done = watching(bed.world);
    await holdStep(bed.world, step, { land: 'first', ms: 600 });
    const dead = await bed.start(client);
    await bed.until(dead, (view) => view.steps.some((each) => each.name === step && each.state === 'running'), step);

    await dead.terminate('a person was in a hurry');
    done();

    const result = await bed.register(client);
    expect(result.outcome).toBe('registered');
    expect(await bed.landedSince(base)).toHaveLength(1);
    expect(await bed.world.repository.branches()).toEqual(['trunk']);
    expect((await bed.register(client)).outcome).toBe('unchanged');
  });
});
