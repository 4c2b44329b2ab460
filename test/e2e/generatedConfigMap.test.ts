import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { CheckResult } from '../../core/check/finding.ts';
import { sampleLayout, type Layout, type LayoutName } from '../../sandbox/world/layout.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { CHANGES, changed, failChange } from './changes.ts';
import { deregister } from './deregistering.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

/** A sample whose ConfigMap kustomize generates: each blueprint is a file of its own. */
async function generated(name: LayoutName): Promise<Layout> {
  const { files, installation, ...sample } = await sampleLayout(name);
  const { file, configMap } = installation.authentik.blueprints;
  const folder = file.slice(0, file.lastIndexOf('/'));
  const { data } = parse(files[file] ?? '') as { data: Record<string, string> };
  const kustomization = `${folder}/kustomization.yaml`;
  const { [file]: _, ...rest } = files;
  const entries = Object.keys(data).map((key) => `      - ${key}=blueprints/${key}\n`);
  const text = `${(files[kustomization] ?? '').replace(/ +- blueprints\.yaml\n/, '')}
configMapGenerator:
  - name: ${configMap}
    files:
${entries.join('')}    options:
      disableNameSuffixHash: true
`;
  const blueprints = { file: kustomization, configMap, generatedFrom: `${folder}/blueprints` };
  return {
    ...sample,
    files: {
      ...rest,
      [kustomization]: text,
      ...Object.fromEntries(Object.entries(data).map(([key, value]) => [`${folder}/blueprints/${key}`, value])),
    },
    installation: { ...installation, authentik: { ...installation.authentik, blueprints } },
  };
}

const LAYOUT = await generated('manual');

describe('where kustomize generates the ConfigMap and Argo CD deploys,', () => {
  let bed: TestBed;
  useTestBed({ layout: LAYOUT }, (started) => {
    bed = started;
  });
  const client = clientNamed('made');

  it('a registration that fails is taken back, its file included', async () => {
    const before = await bed.world.snapshot();
    await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'made', mayApply: true });
    expect((await bed.fail('made', client)).kept).toEqual([]);
    await bed.expectAsBefore(before);
  });

  it('a client is registered in a file of its own, found again, changed and taken out', async () => {
    const { file, generatedFrom } = bed.world.installation.authentik.blueprints;
    const before = await bed.world.repository.read(file);
    const result = await bed.register('made', client);
    expect(result.checks.filter((check) => !check.ok)).toEqual([]);
    expect(await bed.world.repository.read(file)).toContain('\n      - made.yaml=blueprints/made.yaml\n    options:\n');
    expect(await bed.world.repository.read(`${generatedFrom}/made.yaml`)).toMatch(/^version: 1\n/);
    expect((await bed.register('made', client)).outcome).toBe('unchanged');
    const asIs = await bed.world.snapshot();
    const [change] = CHANGES;
    if (change === undefined) throw new Error('no change');
    const wanted = changed(client, change);
    await failChange(bed.world, 'verifyRegistration', { land: 'last', slug: 'made' });
    expect((await bed.fail('made', wanted)).kept).toEqual([]);
    await bed.expectAsBefore(asIs);
    await bed.heal();
    const base = await bed.world.repository.head();
    expect((await bed.register('made', wanted)).outcome).toBe('registered');
    const touched = await bed.world.repository.numstat(base, await bed.world.repository.head());
    expect(touched.map((each) => each.file)).toEqual([`${generatedFrom}/made.yaml`]);
    expect((await deregister(bed, 'made', wanted)).outcome).toBe('deregistered');
    expect(await bed.world.repository.read(file)).toBe(before);
    await expect(bed.world.repository.read(`${generatedFrom}/made.yaml`)).rejects.toThrow();
  });

  it('a client is registered and checked', async () => {
    expect((await bed.register('zot')).outcome).toBe('registered');
    const checked: CheckResult = await bed.client.workflow.execute('checkClient', {
      taskQueue: IDS.taskQueue,
      workflowId: IDS.check('zot'),
      args: [{ client: 'zot' }],
    });
    expect(checked.findings).toEqual([]);
  });

  it('is refused with a hash behind its name, and nothing has changed', async () => {
    const { file } = bed.world.installation.authentik.blueprints;
    const text = await bed.world.repository.read(file);
    const hashed = text.replace('disableNameSuffixHash: true', 'disableNameSuffixHash: false');
    await bed.world.repository.commitAs('somebody', { [file]: hashed }, 'Names with a hash');
    const failure = await bed.fail('late', clientNamed('late'));
    expect(failure.message).toContain('its ConfigMap gets another name with every change');
    await bed.world.repository.commitAs('somebody', { [file]: text }, 'Names without a hash');
  });
});
