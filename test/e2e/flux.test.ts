import { beforeAll, describe, expect, it } from 'vitest';
import type { CheckResult } from '../../core/check/finding.ts';
import { deregisterStepsInOrder } from '../../core/run/deregistration.ts';
import { stepsInOrder } from '../../core/run/steps.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { CHANGES, CHANGE_STEPS, changed, failChange } from './changes.ts';
import { deregister, expectSameState, startDeregistration, strikeStep } from './deregistering.ts';
import { holdStep, watching } from './holds.ts';
import { LONG } from './long.ts';
import { failPlace, PLACES, rotatable, stepOf } from './rotationFaults.ts';
import { QUICK_RETRY, useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

// A cluster that Flux was bootstrapped on: Kustomizations, values that Flux substitutes, a HelmRelease, secrets by envFrom.

const FIRST = { land: 'first', slug: 'zot', mayApply: true } as const;
const REVISION = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  namespace: 'flux-system',
  name: 'identity',
};

describe('where Flux deploys and is asked,', () => {
  let bed: TestBed;
  useTestBed({ layout: 'flux', adjust: QUICK_RETRY }, (started) => {
    bed = started;
  });
  beforeAll(() => bed.world.settled());

  // What comes before is the same whoever deploys.
  const undone = stepsInOrder('first').slice(stepsInOrder('first').indexOf('storeSecret') + 1, -1);
  it.each(LONG ? undone : (['patchExternalSecret', 'verifyRegistration'] as const))(
    'a registration that fails in %s is reverted, and everything is as it was',
    async (step) => {
      const before = await bed.world.snapshot();
      await (step === 'pollBlueprintStatus' ? failChange(bed.world, step, FIRST) : failStep(bed.world, step, FIRST));

      const failure = await bed.fail('zot');

      expect(failure.kept).toEqual([]);
      expect(failure.message).toContain('Everything is as it was');
      await bed.expectAsBefore(before);
    },
  );

  it.each(
    LONG ? (['patchExternalSecret', 'syncBlueprint', 'verifyRegistration'] as const) : (['syncBlueprint'] as const),
  )('a registration that is cancelled in %s is reverted, and everything is as it was', async (step) => {
    const before = await bed.world.snapshot();
    const done = watching(bed.world);
    await holdStep(bed.world, step, { land: 'first' });
    const handle = await bed.start('zot');
    await bed.untilRunning(handle, step);

    await handle.cancel();
    done();

    expect((await bed.failure(handle)).cancelled).toBe(true);
    await bed.expectAsBefore(before);
  });

  it('a client is registered with one commit that Flux has applied, in what it substitutes, and again it is unchanged', async () => {
    const { repository, cluster, installation } = bed.world;
    const { file, configMap } = installation.authentik.blueprints;
    const base = await repository.head();

    const result = await bed.register('zot');

    expect([result.outcome, result.checks.filter(({ ok }) => !ok)]).toEqual(['registered', []]);
    expect(await bed.landedSince(base)).toHaveLength(1);
    const kustomization = await cluster.get(REVISION);
    expect(kustomization?.['status'].lastAppliedRevision).toBe(`main@sha1:${await repository.head()}`);
    expect(await repository.read(file)).toContain('https://grafana.${DOMAIN}/login');
    const live = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'identity', name: configMap });
    expect(live?.['data']['apps.yaml']).toContain('https://grafana.harbour.example/login');
    expect((await bed.register('zot')).outcome).toBe('unchanged');
  });

  async function check(client: string): Promise<readonly string[]> {
    const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check(client), args: [{ client }] };
    const { findings }: CheckResult = await bed.client.workflow.execute('checkClient', options);
    return findings.filter(({ severity }) => severity !== 'notice').map(({ what }) => what);
  }

  it('a check finds nothing, then what somebody has changed by hand, and a repair mends it', async () => {
    await bed.world.settled();
    expect(await check('zot')).toEqual([]);
    const before = await bed.world.snapshot();
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'identity', name: 'authentik-blueprints' };
    const data = (await bed.world.cluster.get(ref))?.['data'] as Record<string, string>;
    const text = (data['apps.yaml'] ?? '').replace('https://registry.harbour', 'https://elsewhere.harbour');
    await bed.world.cluster.mergePatch(ref, { data: { 'apps.yaml': text } });
    expect(await check('zot')).not.toEqual([]);

    expect((await bed.register('zot', { client: 'zot', repair: true })).outcome).toBe('repaired');

    expect(await check('zot')).toEqual([]);
    await bed.expectAsBefore(before);
  });

  describe('the life of a client', () => {
    const [change] = CHANGES;
    if (change === undefined) throw new Error('no change');
    const client = rotatable('radio', 'flux');
    const wanted = changed(client, change);
    let without: unknown;
    beforeAll(async () => {
      await bed.world.settled();
      without = await bed.world.snapshot();
      expect((await bed.register('radio', client)).outcome).toBe('registered');
      await bed.world.consumer.byHand('radio');
      await bed.world.settled();
    });

    it.each(LONG ? CHANGE_STEPS : (['syncBlueprint'] as const))(
      'a change that fails in %s leaves everything as it was',
      async (step) => {
        const before = await bed.world.snapshot();
        await failChange(bed.world, step, { land: 'first', slug: 'radio' });
        expect((await bed.fail('radio', wanted)).kept).toEqual([]);
        await bed.expectAsBefore(before);
      },
    );

    it('it is changed', async () => {
      const result = await bed.register('radio', wanted);
      expect([result.outcome, result.checks.filter(({ ok }) => !ok)]).toEqual(['registered', []]);
    });

    // Under land: first nothing is deployed ahead, and no turn is taken.
    const places = PLACES.filter((place) => !['acquireTurn', 'testConsumers'].includes(place));
    it.each(LONG ? places : (['distribute'] as const))(
      'a rotation that fails in %s leaves the old secret at work',
      async (place) => {
        const before = await bed.world.snapshot();
        failPlace(bed.world, place);
        const failure = await bed.failure(await bed.startRotation('radio', wanted));
        expect([failure.kept, stepOf(place)]).toEqual([[], stepOf(place)]);
        expect(await bed.world.consumer.works('radio')).toBe(true);
        await bed.expectAsBefore(before);
      },
    );

    it('it is rotated: the Secret, new pods that have it by envFrom, Authentik and the service', async () => {
      const workers = async (): Promise<readonly string[]> => {
        const pods = await bed.world.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'identity' });
        return pods.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('authentik-worker-'));
      };
      await bed.world.settled();
      const [head, old] = [await bed.world.repository.head(), await workers()];

      expect((await bed.rotate('radio', wanted)).outcome).toBe('rotated');

      expect(await bed.world.repository.head()).toBe(head);
      expect((await workers()).filter((name) => old.includes(name))).toEqual([]);
      expect(await bed.world.consumer.works('radio')).toBe(true);
      // Helm detects no drift in it, and Flux brings nothing old back.
      await bed.world.settled();
      expect(await bed.world.consumer.works('radio')).toBe(true);
    });

    const taken = deregisterStepsInOrder('first').filter(
      (step) => !['removeAccounts', 'retireSecret', 'cleanUp'].includes(step),
    );
    it.each(LONG ? taken : (['takeOutExternalSecret'] as const))(
      'a deregistration that fails in %s leaves it registered and working',
      async (step) => {
        const before = await bed.world.snapshot();
        await strikeStep(bed.world, step, 'fail');
        expect((await bed.failure(await startDeregistration(bed, 'radio', wanted))).kept).toEqual([]);
        await bed.expectAsBefore(before);
        await bed.heal();
        expect((await bed.register('radio', wanted)).outcome).toBe('unchanged');
      },
    );

    it('it is deregistered, and all is as it was before it was there', async () => {
      const result = await deregister(bed, 'radio', { registration: wanted, purge: true });
      expect([result.outcome, result.kept]).toEqual(['deregistered', []]);
      expect(result.checks.map(({ ok }) => ok)).not.toContain(false);
      await expectSameState(bed, without);
    });
  });
});
