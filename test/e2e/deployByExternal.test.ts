import { beforeAll, describe, expect, it } from 'vitest';
import type { DeregisterResult } from '../../core/run/deregistration.ts';
import { stepsInOrder } from '../../core/run/steps.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { expectSameState, failDeregistration, startDeregistration, strikeStep } from './deregistering.ts';
import { holdStep, watching } from './holds.ts';
import { LONG } from './long.ts';
import { QUICK_RETRY, useTestBed, type TestBed } from './testBed.ts';

/** Nobody deploys until the faults are taken out. */
const SUSPENDED = { system: 'flux', effect: { kind: 'behaviour', name: 'suspended' } } as const;

describe('where Flux deploys', () => {
  let bed: TestBed;
  useTestBed({ layout: 'external', notify: 'json' }, (started) => {
    bed = started;
  });

  // What comes before is the same whoever deploys (failAtEachStep).
  const undone = stepsInOrder('first').slice(stepsInOrder('first').indexOf('storeSecret') + 1, -1);
  const deployed = ['patchExternalSecret', 'syncBlueprint', 'verifyRegistration'] as const;
  it.each(LONG ? undone : deployed)('a run that fails in %s is reverted, and everything is as it was', async (step) => {
    await bed.world.settled();
    const before = await bed.world.snapshot();
    await failStep(bed.world, step, { land: 'first', slug: 'zot', mayApply: true });

    const failure = await bed.fail('zot');

    expect(failure.kept).toEqual([]);
    expect(failure.message).toContain('Everything is as it was');
    await bed.expectAsBefore(before);
  });

  it.each(LONG ? deployed : (['syncBlueprint'] as const))(
    'a run that is cancelled in %s is reverted, and everything is as it was',
    async (step) => {
      const before = await bed.world.snapshot();
      const done = watching(bed.world);
      await holdStep(bed.world, step, { land: 'first' });
      const handle = await bed.start('zot');
      await bed.untilRunning(handle, step);

      await handle.cancel();
      done();

      expect((await bed.failure(handle)).cancelled).toBe(true);
      await bed.expectAsBefore(before);
    },
  );

  it('a run waits while nobody deploys, says for what, and is cancelled without a trace', async () => {
    const before = await bed.world.snapshot();
    bed.world.faults.add(SUSPENDED);
    const handle = await bed.start('zot');
    const view = await bed.until(
      handle,
      ({ steps }) => steps.some((each) => each.name === 'patchExternalSecret' && each.note?.includes('waits') === true),
      'the wait',
    );
    expect(view.steps.find((each) => each.name === 'patchExternalSecret')?.note).toBe(
      'waits until somebody deploys the ExternalSecret with zot-oidc',
    );

    await handle.cancel();

    expect((await bed.failure(handle)).cancelled).toBe(true);
    bed.world.faults.clear();
    await bed.expectAsBefore(before);
  });

  it('an undo that nobody deploys ends in time and lists what is kept; the next run goes on', async () => {
    const registration = clientNamed('late', 'external');
    const done = watching(bed.world);
    await holdStep(bed.world, 'verifyRegistration', { land: 'first' });
    const handle = await bed.start('late', registration);
    await bed.untilRunning(handle, 'verifyRegistration');
    bed.world.faults.add(SUSPENDED);

    await handle.cancel();
    done();

    const failure = await bed.failure(handle);
    expect(failure.type).toBe('UndoIncomplete');
    expect(failure.kept.map(({ what }) => what)).toContain('vault field late-oidc');
    expect(failure.kept.map(({ why }) => why).join('\n')).toContain('somebody else deploys it');
    bed.world.faults.clear();
    expect((await bed.register('late', registration)).outcome).toBe('registered');
  });

  it('a client is registered with one commit, and again it is unchanged', async () => {
    const base = await bed.world.repository.head();

    const result = await bed.register('zot');

    expect(result.outcome).toBe('registered');
    expect(result.checks.filter((check) => !check.ok)).toEqual([]);
    expect(await bed.landedSince(base)).toHaveLength(1);
    expect((await bed.register('zot')).outcome).toBe('unchanged');
  });
});

describe('where Flux deploys a client away', () => {
  let bed: TestBed;
  let without: unknown;
  const client = clientNamed('gone', 'external');
  useTestBed({ layout: 'external' }, (started) => {
    bed = started;
  });
  beforeAll(async () => {
    await bed.world.settled();
    without = await bed.world.snapshot();
    await bed.register('gone', client);
    await bed.world.settled();
  });

  // What comes before is the same whoever deploys (deregisterFails).
  const removing = ['takeOutBlueprint', 'takeOutExternalSecret', 'removeApplication', 'verifyRemoval'] as const;
  it.each(LONG ? removing : removing.filter((step) => step === 'takeOutBlueprint' || step === 'verifyRemoval'))(
    'a deregistration that fails in %s leaves the client registered and working',
    async (step) => {
      const before = await bed.world.snapshot();
      await strikeStep(bed.world, step, 'fail');

      const failure = await failDeregistration(bed, 'gone', client);

      expect(failure.kept).toEqual([]);
      expect(failure.message).toContain('Everything is as it was');
      await bed.expectAsBefore(before);
      await bed.heal();
      expect((await bed.register('gone', client)).outcome).toBe('unchanged');
    },
  );

  it('a deregistration waits while nobody deploys, says for what, and is cancelled without a trace', async () => {
    const before = await bed.world.snapshot();
    bed.world.faults.add(SUSPENDED);
    const handle = await startDeregistration(bed, 'gone', client);
    await bed.until(
      handle,
      ({ steps }) =>
        steps.some(
          (each) => each.note === 'waits until somebody deploys what takes the blueprint fleet/gone.yaml away',
        ),
      'the wait',
    );

    await handle.cancel();

    expect((await bed.failure(handle)).cancelled).toBe(true);
    bed.world.faults.clear();
    await bed.expectAsBefore(before);
  });

  it('goes on once somebody deploys, and leaves nothing', async () => {
    bed.world.faults.add(SUSPENDED);
    const handle = await startDeregistration(bed, 'gone', { registration: client, purge: true });
    await bed.until(handle, ({ steps }) => steps.some((each) => each.note?.includes('waits until') === true), 'a wait');

    bed.world.faults.clear();

    const result = await bed.resultOf<DeregisterResult>(handle);
    expect([result.outcome, result.kept]).toEqual(['deregistered', []]);
    expect(result.checks.map((check) => check.ok)).not.toContain(false);
    await expectSameState(bed, without);
  });
});

describe('where somebody deploys in the end', () => {
  let bed: TestBed;
  useTestBed(
    {
      layout: 'external',
      worker: 'process',
      // Nothing but the signal makes the run look again within the test.
      adjust: (installation) => {
        const quick = QUICK_RETRY(installation);
        return { ...quick, timings: { ...quick.timings, deployPollMs: 600_000, deployMs: 1_200_000 } };
      },
    },
    (started) => {
      bed = started;
    },
  );

  it('the signal recheck looks at once, also after the worker was killed', async () => {
    bed.world.faults.add(SUSPENDED);
    const handle = await bed.start('zot');
    await bed.until(
      handle,
      ({ steps }) => steps.some((each) => each.name === 'patchExternalSecret' && each.note?.includes('waits') === true),
      'the wait',
    );
    await bed.killWorker();
    await bed.startWorkerProcess();
    bed.world.faults.clear();
    await bed.world.settled();

    await bed.until(
      handle,
      ({ steps }) => {
        void handle.signal('recheck').catch(() => undefined);
        return steps.some((each) => each.name === 'cleanUp' && each.state === 'done');
      },
      'the end',
    );

    expect((await bed.result(handle)).outcome).toBe('registered');
  });
});

describe('where nobody deploys', () => {
  let bed: TestBed;
  useTestBed(
    {
      layout: 'external',
      adjust: (installation) => ({ ...installation, timings: { ...installation.timings, deployMs: 1_500 } }),
    },
    (started) => {
      bed = started;
    },
  );

  it('the deadline takes the run back with what was waited for', async () => {
    const before = await bed.world.snapshot();
    bed.world.faults.add(SUSPENDED);

    const failure = await bed.fail('zot');

    expect(failure.message).toMatch(
      /gave up waiting: .*(does not (name|bring) zot-oidc yet|ExternalSecret with zot-oidc)/,
    );
    expect(failure.message).toContain('Everything is as it was');
    bed.world.faults.clear();
    await bed.expectAsBefore(before);
  });
});
