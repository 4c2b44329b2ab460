import { describe, expect, it } from 'vitest';
import { stepsInOrder } from '../../core/run.ts';
import { failStep } from '../../sandbox/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { holdStep } from './holds.ts';
import { QUICK_RETRY, useTestBed, type TestBed } from './testBed.ts';

describe.each(['last', 'first'] as const)('where the job applies by itself, with land: %s,', (land) => {
  let bed: TestBed;
  useTestBed(
    { layout: 'apply', adjust: (installation) => ({ ...installation, gitops: { ...installation.gitops, land } }) },
    (started) => {
      bed = started;
    },
  );

  // What comes before is the same whoever deploys (failAtEachStep).
  const undone = stepsInOrder(land).slice(stepsInOrder(land).indexOf('storeSecret') + 1, -1);
  it.each(undone)('a run that fails in %s leaves everything as it was', async (step) => {
    const before = await bed.world.snapshot();
    await failStep(bed.world, step, { land, slug: 'zot', mayApply: true });

    const failure = await bed.fail('zot');

    expect(failure.kept).toEqual([]);
    expect(failure.message).toContain('Everything is as it was');
    await bed.expectAsBefore(before);
  });

  it.each(['patchExternalSecret', 'syncBlueprint', 'pollBlueprintStatus', 'verifyRegistration'] as const)(
    'a run that is cancelled in %s takes everything back',
    async (step) => {
      const before = await bed.world.snapshot();
      await holdStep(bed.world, step, { land });
      const handle = await bed.start('zot');
      await bed.untilRunning(handle, step);

      await handle.cancel();

      expect((await bed.failure(handle)).cancelled).toBe(true);
      await bed.expectAsBefore(before);
    },
  );

  it('a client is registered, and again it is unchanged; what a person applies then changes nothing', async () => {
    const base = await bed.world.repository.head();

    const result = await bed.register('zot');

    expect(result.outcome).toBe('registered');
    expect(result.checks.filter((check) => !check.ok)).toEqual([]);
    expect((await bed.landedSince(base)).length).toBeGreaterThan(0);
    expect((await bed.register('zot')).outcome).toBe('unchanged');
    await bed.world.settled();
    const { workload } = (await bed.world.snapshot()) as { workload: Record<string, { data?: unknown }> };
    await bed.world.fullSync();
    await bed.world.settled();
    const after = (await bed.world.snapshot()) as { workload: Record<string, { data?: unknown }> };
    expect(after.workload['ConfigMap identity authentik-blueprints']?.data).toEqual(
      workload['ConfigMap identity authentik-blueprints']?.data,
    );
    expect(after.workload['Pods']).toEqual(workload['Pods']);
  });

  it('the undo of one client leaves the entries of another, which the job has applied as well', async () => {
    const before = await bed.world.snapshot();
    await failStep(bed.world, 'verifyRegistration', { land, slug: 'other', mayApply: true });

    const failure = await bed.fail('other', clientNamed('other', 'apply'));

    expect(failure.kept).toEqual([]);
    await bed.expectAsBefore(before);
    expect((await bed.register('zot')).outcome).toBe('unchanged');
  });

  it("another manager's hold on spec.data is a clear error before anything is changed", async () => {
    const { namespace, externalSecret } = bed.world.installation.authentik;
    const ref = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', namespace, name: externalSecret.name };
    const live = await bed.world.cluster.get(ref);
    await bed.world.fluxCluster.apply(
      {
        ...ref,
        metadata: { name: ref.name, namespace },
        spec: { data: live?.['spec'].data },
      },
      { force: true },
    );
    const writes = bed.vaultWrites();

    const failure = await bed.fail('late', clientNamed('late', 'apply'));

    expect(failure).toMatchObject({ type: 'Refused', kept: [] });
    expect(failure.message).toContain(
      `ExternalSecret ${externalSecret.name} cannot be applied: other field managers hold .spec.data by kustomize-controller`,
    );
    expect(failure.message).toContain('authentik.takeOverFrom');
    expect(bed.vaultWrites()).toBe(writes);
  });
});

describe('where the job applies by itself, a worker that is killed', () => {
  let bed: TestBed;
  useTestBed({ layout: 'apply', worker: 'process', adjust: QUICK_RETRY }, (started) => {
    bed = started;
  });

  it.each(['patchExternalSecret', 'syncBlueprint'] as const)(
    'during %s is followed by another that finishes with one change',
    async (step) => {
      const registration = clientNamed(`k-${step.toLowerCase()}`, 'apply');
      const { name } = registration.metadata;
      const base = await bed.world.repository.head();
      await holdStep(bed.world, step, { land: 'last' });
      const handle = await bed.start(name, registration);
      await bed.untilRunning(handle, step);

      await bed.killWorker();
      await bed.startWorkerProcess();

      expect((await bed.result(handle)).outcome).toBe('registered');
      expect(await bed.landedSince(base)).toHaveLength(3);
      expect(await bed.world.repository.branches()).toEqual(['main']);
    },
  );
});
