import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../core/check/finding.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { sampleLayout, type Layout } from '../../sandbox/world/layout.ts';
import { layoutOf } from './deployers/worlds.ts';
import { deregister, expectSameState } from './deregistering.ts';
import { rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

const ENV_FROM = '          envFrom:\n            - secretRef:\n                name: authentik-env\n';
const ITEMS = '            items:\n              - key: groups.yaml\n                path: groups.yaml\n';
const WIKI = '              - key: wiki.yaml\n                path: wiki.yaml\n';

const registration = rotatable('filed');

interface Pod {
  readonly containers: { env: object[] }[];
}

/** The sample whose worker takes the Secret whole, or whose volume of blueprints lists what it brings, or both. */
async function layout(change: (worker: string) => string, envFrom: boolean): Promise<Layout> {
  const { files, installation, ...sample } = await sampleLayout('manual');
  const { file } = installation.authentik.deployment;
  const naming = envFrom ? { envVar: '{NAME}_CLIENT_SECRET', secretKey: '{NAME}_CLIENT_SECRET' } : {};
  return {
    ...sample,
    files: { ...files, [file]: change(files[file] ?? '') },
    installation: { ...installation, naming: { ...installation.naming, ...naming } },
  };
}

const takenWhole = (worker: string): string =>
  worker.replace('          volumeMounts:', `${ENV_FROM}          volumeMounts:`);
const listed = (worker: string): string => `${worker}${ITEMS}${WIKI}`;
const LAYOUTS = {
  envFrom: await layout(takenWhole, true),
  items: await layout(listed, false),
  both: await layout((worker) => listed(takenWhole(worker)), true),
};

describe('where envFrom brings the secrets', () => {
  let bed: TestBed;
  useTestBed({ layout: LAYOUTS.envFrom }, (started) => {
    bed = started;
  });
  let without: unknown;

  it('a registration that fails is taken back, one that ends well makes new pods and edits no Deployment', async () => {
    without = await bed.world.snapshot();
    await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'filed', mayApply: true });
    expect((await bed.fail('filed', registration)).kept).toEqual([]);
    await bed.expectAsBefore(without);
    await bed.heal();
    const { file, name } = bed.world.installation.authentik.deployment;
    const before = await bed.world.repository.read(file);
    const pods = await podNames(bed);

    const result = await bed.register('filed', registration);

    expect(result.outcome).toBe('registered');
    expect(result.checks.filter((check) => !check.ok)).toEqual([]);
    expect(result.changed).toContain(`pods of Deployment ${name}`);
    expect(await bed.world.repository.read(file)).toBe(before);
    expect(await podNames(bed)).not.toEqual(pods);
    await bed.world.consumer.byHand('filed');
  });

  it('what has no new secret makes no new pods', async () => {
    const pods = await podNames(bed);
    expect((await bed.register('filed', registration)).outcome).toBe('unchanged');
    const redirectUris = [...registration.spec.redirectUris, 'https://filed.example/more'];
    const changed = { ...registration, spec: { ...registration.spec, redirectUris } };
    expect((await bed.register('filed', changed)).outcome).toBe('registered');
    expect((await bed.register('filed', registration)).outcome).toBe('registered');
    expect(await podNames(bed)).toEqual(pods);
  });

  it('a rotation gives every pod the new secret, and a deregistration leaves everything as it was', async () => {
    expect((await bed.rotate('filed', registration)).outcome).toBe('rotated');
    expect(await bed.world.consumer.works('filed')).toBe(true);

    const result = await deregister(bed, 'filed', { registration, purge: true });

    expect(result.outcome).toBe('deregistered');
    expect(result.kept).toEqual([]);
    expect(result.remaining.join('\n')).toContain('keep variable FILED_CLIENT_SECRET until they are next restarted');
    await expectSameState(bed, without);
  });

  it('a check finds a variable that somebody put above it, and a registration refuses it', async () => {
    await bed.register('zot');
    expect((await check(bed)).findings).toEqual([]);
    const { namespace, deployment } = bed.world.installation.authentik;
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: deployment.name };
    const live = (await bed.world.cluster.get(ref)) as unknown as { spec: { template: { spec: Pod } } };
    const { containers } = live.spec.template.spec;
    containers[0]?.env.push({ name: 'ZOT_CLIENT_SECRET', value: 'typed-by-a-person' });
    await bed.world.cluster.mergePatch(ref, { spec: { template: { spec: { containers } } } });
    const what = 'has a variable ZOT_CLIENT_SECRET of its own, which is taken in place of the one that envFrom makes';

    const found = (await check(bed)).findings.map((finding) => finding.what);
    expect(found.filter((each) => each.includes(what))).toHaveLength(1);
    const failure = await bed.fail('zot');
    expect(failure).toMatchObject({ type: 'Refused', kept: [] });
    expect(failure.message).toContain(what);
    expect(failure.message).not.toContain('typed-by-a-person');
  });
});

describe.each(['items', 'both'] as const)('where the volume lists the sections (%s)', (name) => {
  let bed: TestBed;
  useTestBed({ layout: LAYOUTS[name], mayApply: name === 'items' }, (started) => {
    bed = started;
  });

  it('a registration brings its item to the worker, and a failed one and a deregistration take it back', async () => {
    const without = await bed.world.snapshot();
    await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'filed', mayApply: name === 'items' });
    expect((await bed.fail('filed', registration)).kept).toEqual([]);
    await bed.expectAsBefore(without);
    await bed.heal();

    const result = await bed.register('filed', registration);

    expect(result.outcome).toBe('registered');
    const { file } = bed.world.installation.authentik.deployment;
    expect(await bed.world.repository.read(file)).toContain(`${WIKI}${WIKI.replaceAll('wiki', 'filed')}`);
    expect((await bed.register('filed', registration)).outcome).toBe('unchanged');
    await bed.world.consumer.byHand('filed');
    expect((await deregister(bed, 'filed', { registration, purge: true })).kept).toEqual([]);
    await expectSameState(bed, without);
  });
});

describe('where the blueprint comes with the landing, and discovery applies it', async () => {
  const setting = {
    deployer: 'argocd',
    land: 'first',
    landBy: 'push',
    delivery: 'envFrom',
    mode: 'discovery',
  } as const;
  const filed = rotatable('filed', 'auto');
  let bed: TestBed;
  useTestBed({ layout: await layoutOf(setting), mayApply: false }, (started) => {
    bed = started;
  });

  it('no pod installs the secret of a client that was taken back, or deregistered', async () => {
    await failStep(bed.world, 'verifyRegistration', { land: 'first', slug: 'filed', mayApply: false });
    expect((await bed.fail('filed', filed)).kept).toEqual([]);
    await bed.heal();

    expect((await bed.register('filed', filed)).checks.filter((made) => !made.ok)).toEqual([]);
    await bed.world.consumer.byHand('filed');
    expect((await deregister(bed, 'filed', { registration: filed, purge: true })).kept).toEqual([]);

    expect((await bed.register('filed', filed)).checks.filter((made) => !made.ok)).toEqual([]);
  });
});

async function check(bed: TestBed): Promise<CheckResult> {
  const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check('zot'), args: [{ client: 'zot' }] };
  return (await bed.client.workflow.execute('checkClient', options)) as CheckResult;
}

async function podNames({ world }: TestBed): Promise<readonly string[]> {
  const { namespace } = world.installation.authentik;
  const pods = await world.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace });
  return pods.map(({ metadata }) => metadata.name).toSorted();
}
