import { stringify } from 'yaml';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CheckResult } from '../../core/check/finding.ts';
import { stepsInOrder, type StepName } from '../../core/run/steps.ts';
import { parseFault } from '../../sandbox/faults/parseFault.ts';
import type { Layout } from '../../sandbox/world/layout.ts';
import { failStepOn } from '../cluster/failStep.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { severalSources, type Sources } from '../fixtures/severalSources.ts';
import { editVariables, variablesOf } from '../fixtures/transformed.ts';
import { CHANGES, changed } from './changes.ts';
import { deregister, expectSameState } from './deregistering.ts';
import { holdStep, watching } from './holds.ts';
import { itWhere } from './long.ts';
import { rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed, type TestBedOptions } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

type Variable = Parameters<Parameters<typeof editVariables>[1]>[0][number];

interface Case {
  readonly shape: Sources;
  readonly land: 'first' | 'last';
  readonly steps: readonly StepName[];
}

const DEPLOYING: readonly StepName[] = ['patchExternalSecret', 'verifyRegistration'];
const SHAPES = ['ref', 'both', 'umbrella'] as const;

/** Each shape in each order. Landed last a step that deploys fails, and for the commonest shape on the stand-ins every step of both. */
const CASES = {
  ci: [{ shape: 'ref', land: 'last', steps: ['verifyRegistration'] }],
  real: casesOf((_, land) => (land === 'last' ? DEPLOYING : [])),
  all: casesOf((shape, land) => {
    if (shape !== 'ref') return land === 'last' ? DEPLOYING : [];
    // Landed first the undo itself needs the polls, which go on failing.
    const without = new Set<StepName>(['cleanUp', ...(land === 'first' ? (['pollBlueprintStatus'] as const) : [])]);
    return stepsInOrder(land).filter((step) => !without.has(step));
  }),
} satisfies Record<string, readonly Case[]>;

function casesOf(stepsOf: (shape: Sources, land: Case['land']) => readonly StepName[]): readonly Case[] {
  return SHAPES.flatMap((shape) =>
    (['last', 'first'] as const).map((land) => ({ shape, land, steps: stepsOf(shape, land) })),
  );
}

/** Whether Argo CD takes back what somebody edits live. */
function heals({ shape, land }: Case): boolean {
  return land === 'first' && shape === 'both';
}

/** The life of a client where an Application has several sources and a chart makes the Deployment. */
export async function describeSeveralSources(
  options: TestBedOptions,
  which: keyof typeof CASES,
  charts: Layout['files'] = {},
): Promise<void> {
  const cases = CASES[which].map(async (each) => ({
    ...each,
    layout: await severalSources(each.shape, { automated: each.land === 'first', heals: heals(each), charts }),
  }));
  let mend: () => Promise<void> = async () => undefined;
  afterEach(async () => {
    await mend();
    mend = async () => undefined;
  });

  describe.each(await Promise.all(cases))('with sources $shape and land: $land,', (one) => {
    const { layout, land, steps } = one;
    let bed: TestBed;
    let before: unknown;
    useTestBed({ ...options, layout }, (started) => {
      bed = started;
    });
    beforeAll(async () => {
      await bed.world.settled();
      before = await bed.world.snapshot();
    });

    it.each(steps)('a registration that fails in %s leaves everything as it was', async (step) => {
      mend = await failStepOn(bed.world, step, { land, slug: 'zot', mayApply: true });
      expect((await bed.fail('zot')).kept).toEqual([]);
      await bed.expectAsBefore(before);
    });

    const edited = (env: readonly Variable[]): readonly Variable[] =>
      env.map((each) => (each.name === 'AUTHENTIK_POSTGRESQL__HOST' ? { name: each.name, value: 'other' } : each));

    itWhere(which !== 'ci' && land === 'last')(
      'what somebody deploys of the chart after us is not taken back with ours',
      async () => {
        const done = watching(bed.world);
        await holdStep(bed.world, 'verifyRegistration', { land });
        const registration = clientNamed('beside');
        const handle = await bed.start('beside', registration);
        await bed.untilRunning(handle, 'verifyRegistration');
        const putBack = await editVariables(bed.world, edited);
        await handle.cancel();
        done();
        const { kept } = await bed.failure(handle);
        expect(kept[0]?.what).toBe('the entry of beside in the live Deployment authentik-worker');
        expect(kept[0]?.why).toContain('someone has deployed since');
        await putBack();
        await bed.heal();
        expect((await bed.register('beside', registration)).outcome).toBe('registered');
        await deregister(bed, 'beside', { registration, purge: true });
        await expectSameState(bed, before);
      },
    );

    it('a client is registered, changed, rotated and deregistered, and a full sync in between changes nothing', async () => {
      const registration = rotatable('alone');
      const registered = await bed.register('alone', registration);
      expect(registered.checks.filter((check) => !check.ok)).toEqual([]);
      expect(await bed.world.repository.read(bed.world.installation.authentik.deployment.file)).toContain(
        'AUTHENTIK_ALONE_CLIENT_SECRET',
      );
      await bed.world.settled();
      const asIs = await bed.world.snapshot();
      if (land === 'last') await bed.world.fullSync();
      await bed.world.settled();
      expect(await bed.world.snapshot()).toEqual(asIs);
      expect((await bed.register('alone', registration)).outcome).toBe('unchanged');

      const [change] = CHANGES;
      if (change === undefined) throw new Error('no change');
      const wanted = changed(registration, change);
      const repairs = which !== 'ci' && (land === 'first' || one.shape === 'ref');
      // A commit that automated sync has not met yet would have it sync everything, a live edit too.
      const file = { 'oidc-clients/alone.yaml': stringify(wanted) };
      if (repairs) await bed.world.repository.commitAs('ada', file, 'As asked');
      expect((await bed.register('alone', wanted)).outcome).toBe('registered');
      if (repairs) await repaired(bed, 'alone', { heals: heals(one), isReal: which === 'real' });
      await bed.world.consumer.byHand('alone');
      expect((await bed.rotate('alone', wanted)).outcome).toBe('rotated');
      expect(await bed.world.consumer.works('alone')).toBe(true);
      const gone = await deregister(bed, 'alone', { registration: wanted, purge: true });
      expect([gone.outcome, gone.kept]).toEqual(['deregistered', []]);
      await expectSameState(bed, before);
    });
  });
}

interface Healing {
  readonly heals: boolean;
  readonly isReal: boolean;
}

/** Somebody takes the client's variable out of the live Deployment, which a chart makes; a repair puts it back, or Argo CD does. */
async function repaired(bed: TestBed, client: string, healing: Healing): Promise<void> {
  await bed.world.settled();
  const variable = `AUTHENTIK_${client.toUpperCase()}_CLIENT_SECRET`;
  expect(await wrongOf(bed, client)).toEqual([]);
  // The stand-in heals when the run waits for it, the real one when it will: before the run there is nothing to repair.
  const ends = healing.heals && healing.isReal ? ['repaired', 'unchanged'] : ['repaired'];
  if (healing.heals) bed.world.faults.add(parseFault('argocd:neverHeals'));
  await editVariables(bed.world, (env) => env.filter(({ name }) => name !== variable));
  if (ends.length === 1) expect((await wrongOf(bed, client)).join()).toContain(variable);

  const handle = await bed.start(client, { client, repair: true });
  if (healing.heals && !healing.isReal) await bed.untilRunning(handle, 'syncBlueprint');
  bed.world.faults.clear('argocd');

  expect(ends).toContain((await bed.result(handle)).outcome);
  expect(await variablesOf(bed.world)).toContain(variable);
  expect(await wrongOf(bed, client)).toEqual([]);
}

async function wrongOf(bed: TestBed, client: string): Promise<readonly string[]> {
  const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check(client), args: [{ client }] };
  const { findings }: CheckResult = await bed.client.workflow.execute('checkClient', options);
  return findings.filter(({ severity }) => severity !== 'notice').map(({ what }) => what);
}
