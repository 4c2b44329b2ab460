import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../core/check/finding.ts';
import { sampleLayout, type Layout } from '../../sandbox/world/layout.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { deregister, expectSameState } from './deregistering.ts';
import { rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

const ITEM = 'Authentik (orchard)';
const LINES = ['secret-key', 'database-password', 'wiki-client-secret'];
const registration = rotatable('filed');
const LINE = `        filed-client-secret: '{{ index . "filed-client-secret" }}'\n`;

/** The sample whose ExternalSecret extracts the item, with a template that names the keys. */
async function extracting(): Promise<Layout> {
  const { files, installation, ...sample } = await sampleLayout('manual');
  const { file } = installation.authentik.externalSecret;
  const [head = ''] = (files[file] ?? '').split('  data:\n');
  const lines = LINES.map((key) => `        ${key}: '{{ index . "${key}" }}'\n`).join('');
  const whole = `${head}    template:\n      data:\n${lines}  dataFrom:\n    - extract:\n        key: "${ITEM}"\n`;
  return { ...sample, installation, files: { ...files, [file]: whole } };
}

const LAYOUT = await extracting();

describe('an ExternalSecret that extracts the item', () => {
  let bed: TestBed;
  useTestBed({ layout: LAYOUT }, (started) => {
    bed = started;
  });
  let without: unknown;
  const spec = () => {
    const { namespace, externalSecret } = bed.world.installation.authentik;
    const ref = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', namespace, name: externalSecret.name };
    return {
      ref,
      read: async () => (await bed.world.cluster.get(ref))?.['spec'] as { target: Target; dataFrom: unknown },
    };
  };

  it('gets a line for a client, which is all of the change, and loses it where the run fails', async () => {
    without = await bed.world.snapshot();
    await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'filed', mayApply: true });
    expect((await bed.fail('filed', registration)).kept).toEqual([]);
    await bed.expectAsBefore(without);
    await bed.heal();
    const { file } = bed.world.installation.authentik.externalSecret;
    const before = await bed.world.repository.read(file);

    const result = await bed.register('filed', registration);

    expect(result.outcome).toBe('registered');
    expect(result.checks.filter((check) => !check.ok)).toEqual([]);
    expect(await bed.world.repository.read(file)).toBe(before?.replace('  dataFrom:', `${LINE}  dataFrom:`));
    expect((await bed.register('filed', registration)).outcome).toBe('unchanged');
    await bed.world.consumer.byHand('filed');
  });

  it('brings what a rotation makes, and a deregistration leaves everything as it was', async () => {
    expect((await bed.rotate('filed', registration)).outcome).toBe('rotated');
    expect(await bed.world.consumer.works('filed')).toBe(true);

    const result = await deregister(bed, 'filed', { registration, purge: true });

    expect(result.outcome).toBe('deregistered');
    expect(result.kept).toEqual([]);
    await expectSameState(bed, without);
  });

  it('is found without the line by a check', async () => {
    await bed.register('zot');
    expect((await check(bed)).findings).toEqual([]);
    const { ref, read } = spec();
    await bed.world.cluster.mergePatch(ref, {
      spec: { target: { template: { data: { 'zot-client-secret': null } } } },
    });
    expect((await read()).target.template.data).not.toHaveProperty('zot-client-secret');
    expect((await check(bed)).findings.map(({ what }) => what)).toContainEqual(
      expect.stringContaining('does not hold zot-client-secret, which main does'),
    );
    await bed.world.cluster.mergePatch(ref, {
      spec: { target: { template: { data: { 'zot-client-secret': '{{ index . "zot-client-secret" }}' } } } },
    });
  });

  it('of somebody else, live and without a template, is refused before anything is written', async () => {
    const { cluster, installation } = bed.world;
    await cluster.create({
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { name: 'album', namespace: installation.authentik.namespace },
      spec: {
        secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault-orchard' },
        dataFrom: [{ extract: { key: ITEM } }],
      },
    });
    const refused = await bed.fail('filed', registration);
    const what = '/album (live in cluster edge) extracts the whole item';
    expect(refused.message).toContain(what);
    expect((await check(bed)).findings.filter((finding) => finding.what.includes(what))).toHaveLength(1);
  });
});

interface Target {
  readonly template: { readonly data: Readonly<Record<string, string>> };
}

async function check(bed: TestBed): Promise<CheckResult> {
  const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check('zot'), args: [{ client: 'zot' }] };
  return (await bed.client.workflow.execute('checkClient', options)) as CheckResult;
}
