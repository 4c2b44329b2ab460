import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Layout } from '../../sandbox/world/layout.ts';
import type { Loop } from '../../sandbox/kit/loop.ts';
import { failStepOn } from '../cluster/failStep.ts';
import {
  editVariables,
  reloaderMark,
  replicasOf,
  scale,
  startReloader,
  variablesOf,
  withAutoscaler,
  withImages,
  withPatches,
  withServerSideApply,
  type Strategy,
} from '../fixtures/transformed.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { deregister, expectSameState } from './deregistering.ts';
import { holdStep, watching } from './holds.ts';
import { itWhere } from './long.ts';
import { rotatable } from './rotationFaults.ts';
import { useTestBed, type Failed, type TestBed, type TestBedOptions } from './testBed.ts';

// What is live rightly differs from the file in Git, and nobody has deployed.

/** Registers, rotates and deregisters, the secret included. */
async function wholeLife(bed: TestBed, name: string): Promise<void> {
  const registration = rotatable(name);
  const registered = await bed.register(name, registration);
  expect(registered.checks.filter((check) => !check.ok)).toEqual([]);
  await bed.world.consumer.byHand(name);
  expect((await bed.rotate(name, registration)).outcome).toBe('rotated');
  expect(await bed.world.consumer.works(name)).toBe(true);
  const gone = await deregister(bed, name, { registration, purge: true });
  expect([gone.outcome, gone.kept]).toEqual(['deregistered', []]);
}

const STEPS = ['patchExternalSecret', 'syncBlueprint', 'verifyRegistration'] as const;

/** The whole life is lived in each of them; what else is tried here is each thing once, unless all is tried. */
const LAYOUTS: readonly {
  readonly name: string;
  readonly layout: Layout;
  readonly step: (typeof STEPS)[number];
  readonly here: 'edited' | 'mine' | 'repaired';
}[] = [
  {
    name: 'a kustomization has images and replicas',
    layout: await withImages(),
    step: 'patchExternalSecret',
    here: 'edited',
  },
  { name: 'a kustomization has patches', layout: await withPatches(), step: 'syncBlueprint', here: 'mine' },
  {
    name: 'Argo CD applies by server-side apply',
    layout: await withServerSideApply(),
    step: 'verifyRegistration',
    here: 'repaired',
  },
];
const AUTOSCALED = await withAutoscaler();

/** The tests of these repositories and clusters, on stand-ins or on real ones. */
export function describeTransformed(options: TestBedOptions, all: boolean): void {
  let mend: () => Promise<void> = async () => undefined;
  afterEach(async () => {
    await mend();
    mend = async () => undefined;
  });

  describe.each(LAYOUTS)('where $name,', ({ layout, step: tried, here }) => {
    let bed: TestBed;
    let before: unknown;
    useTestBed({ ...options, layout }, (started) => {
      bed = started;
    });
    beforeAll(async () => {
      await bed.world.settled();
      before = await bed.world.snapshot();
    });

    it.each(all ? STEPS : [tried])('a registration that fails in %s is taken back', async (step) => {
      mend = await failStepOn(bed.world, step, { land: 'last', slug: 'zot', mayApply: true });
      expect((await bed.fail('zot')).kept).toEqual([]);
      await bed.expectAsBefore(before);
    });

    async function editedMeanwhile(
      client: string,
      edit: (env: readonly { name: string }[]) => readonly { name: string }[],
    ): Promise<{ readonly failure: Failed; readonly putBack: () => Promise<void> }> {
      const done = watching(bed.world);
      await holdStep(bed.world, 'generateSecret', { land: 'last', ms: 0 });
      const handle = await bed.start(client, clientNamed(client));
      await bed.untilRunning(handle, 'generateSecret');
      const putBack = await editVariables(bed.world, edit);
      done();
      const failure = await bed.failure(handle);
      expect(failure.message).toContain('Deployment authentik-worker was deployed by somebody since this run began');
      return { failure, putBack };
    }

    itWhere(all || here === 'edited')("a person's edit of a variable meanwhile is refused, and stays", async () => {
      const name = 'AUTHENTIK_POSTGRESQL__HOST';
      const { failure, putBack } = await editedMeanwhile('edited', (env) =>
        env.map((each) => (each.name === name ? { name, value: 'other' } : each)),
      );
      expect(failure.message).toContain(`/env/${name}`);
      expect(failure.kept).toEqual([]);
      await putBack();
      await bed.expectAsBefore(before);
    });

    itWhere(all || here === 'mine')(
      'our own variable that a person adds meanwhile is refused, stays with all that it may use, and is no end',
      async () => {
        const name = 'AUTHENTIK_MINE_CLIENT_SECRET';
        const { failure, putBack } = await editedMeanwhile('mine', (env) => [...env, { name, value: 'by hand' }]);
        expect(failure.message).toContain(`/env/${name}`);
        expect(failure.kept[0]?.what).toBe('the entry of mine in the live Deployment authentik-worker');
        expect(await variablesOf(bed.world)).toContain(name);
        await putBack();
        await bed.heal();

        expect((await bed.register('mine', clientNamed('mine'))).outcome).toBe('registered');

        await deregister(bed, 'mine', { registration: clientNamed('mine'), purge: true });
        await expectSameState(bed, before);
      },
    );

    it('a client is registered, rotated and deregistered', async () => {
      await wholeLife(bed, 'alone');
      await expectSameState(bed, before);
    });

    itWhere(all || here === 'repaired')('an entry that a person has changed by hand is repaired', async () => {
      expect((await bed.register('zot')).outcome).toBe('registered');
      await bed.world.settled();
      const asIs = await bed.world.snapshot();
      await editVariables(bed.world, (env) =>
        env.map((each) =>
          each.name === 'AUTHENTIK_ZOT_CLIENT_SECRET'
            ? { name: each.name, valueFrom: { secretKeyRef: { name: 'authentik-env', key: 'wiki-client-secret' } } }
            : each,
        ),
      );
      expect((await bed.register('zot', { client: 'zot', repair: true })).outcome).toBe('repaired');
      await expectSameState(bed, asIs);
    });
  });

  describe.each<{ strategy: Strategy }>([{ strategy: 'env-vars' }, { strategy: 'annotations' }])(
    'where Reloader tells the pods of a changed Secret by $strategy,',
    ({ strategy }) => {
      let bed: TestBed;
      let reloader: Loop;
      useTestBed(options, (started) => {
        bed = started;
      });
      beforeAll(() => {
        reloader = startReloader(bed.world, strategy);
      });
      afterAll(() => reloader.stop());

      itWhere(all || strategy === 'env-vars')('a registration that fails is taken back', async () => {
        mend = await failStepOn(bed.world, 'verifyRegistration', { land: 'last', slug: 'zot', mayApply: true });
        expect((await bed.fail('zot')).kept).toEqual([]);
      });

      // The mark of the first one is there from the start of the second, whichever mark it is.
      it.each(all || strategy === 'annotations' ? ['one', 'two'] : ['one'])(
        'one that does not goes its whole way: %s',
        async (name) => {
          await wholeLife(bed, name);
          expect(await reloaderMark(bed.world, strategy)).toBeDefined();
        },
      );
    },
  );

  describe('where an autoscaler owns the replicas,', () => {
    let bed: TestBed;
    useTestBed({ ...options, layout: AUTOSCALED }, (started) => {
      bed = started;
    });

    it('a client is registered, rotated and deregistered with as many as it wants', async () => {
      await scale(bed.world, 4);
      await bed.world.settled();
      await wholeLife(bed, 'alone');
      expect(await replicasOf(bed.world)).toBe(4);
    });

    it('that scales while a run is under way is left alone, by its undo too', async () => {
      const done = watching(bed.world);
      await holdStep(bed.world, 'generateSecret', { land: 'last', ms: 0 });
      mend = await failStepOn(bed.world, 'verifyRegistration', { land: 'last', slug: 'busy', mayApply: true });
      const handle = await bed.start('busy', clientNamed('busy'));
      await bed.untilRunning(handle, 'generateSecret');
      await scale(bed.world, 3);
      done();
      expect((await bed.failure(handle)).kept).toEqual([]);
      expect(await replicasOf(bed.world)).toBe(3);
    });
  });
}
