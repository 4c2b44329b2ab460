import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../core/check/finding.ts';
import { sectionIn } from '../../core/edits/kubernetes/mapSection.ts';
import { sampleLayout, type Layout } from '../../sandbox/world/layout.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { CHANGES, changed, failChange } from './changes.ts';
import { deregister } from './deregistering.ts';
import { holdStep } from './holds.ts';
import { rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

/** A sample in which new clients join the section that makes the wiki. */
async function joining(name: 'manual' | 'auto'): Promise<Layout> {
  const { installation, ...sample } = await sampleLayout(name);
  const { authentik } = installation;
  return {
    ...sample,
    installation: {
      ...installation,
      authentik: { ...authentik, blueprints: { ...authentik.blueprints, section: 'wiki.yaml' } },
    },
  };
}

const MANUAL = await joining('manual');
const AUTO = await joining('auto');

const sectionOf = async ({ world }: TestBed): Promise<string> => {
  const { file, configMap: name } = world.installation.authentik.blueprints;
  return sectionIn(await world.repository.read(file), { name, key: 'wiki.yaml' }) ?? '';
};

describe('where clients join a section and Argo CD deploys ahead of the target branch,', () => {
  let bed: TestBed;
  useTestBed({ layout: MANUAL }, (started) => {
    bed = started;
  });
  const client = clientNamed('joined');
  const slugs = (): readonly string[] => bed.world.authentik.database.rows.applications.map((row) => row.slug);

  it.each(['syncBlueprint', 'verifyRegistration'] as const)(
    'a registration that fails in %s is taken back, and the others stay',
    async (step) => {
      const before = await bed.world.snapshot();
      await failStep(bed.world, step, { land: 'last', slug: 'joined', mayApply: true });
      expect((await bed.fail('joined', client)).kept).toEqual([]);
      await bed.expectAsBefore(before);
    },
  );

  it('a client is registered beside others, found again, changed, checked and taken out', async () => {
    const before = await sectionOf(bed);
    const others = slugs();
    const result = await bed.register('joined', client);
    expect(result.checks.filter((check) => !check.ok)).toEqual([]);
    expect((await sectionOf(bed)).startsWith(before.trimEnd())).toBe(true);
    expect((await bed.register('joined', client)).outcome).toBe('unchanged');
    await bed.world.settled();

    const asIs = await bed.world.snapshot();
    const [change] = CHANGES;
    if (change === undefined) throw new Error('no change');
    const wanted = changed(client, change);
    await failChange(bed.world, 'verifyRegistration', { land: 'last', slug: 'joined' });
    expect((await bed.fail('joined', wanted)).kept).toEqual([]);
    await bed.expectAsBefore(asIs);
    await bed.heal();
    expect((await bed.register('joined', wanted)).outcome).toBe('registered');

    const gone = await deregister(bed, 'joined', wanted);
    expect([gone.outcome, gone.kept]).toEqual(['deregistered', []]);
    expect(await sectionOf(bed)).toBe(before);
    await bed.world.settled();
    expect(slugs()).toEqual(others);
    expect(bed.world.authentik.database.rows.instances.map(({ path }) => path)).toContain('custom/wiki.yaml');
  });

  it('a secret is rotated after others have changed their part of the section', async () => {
    const rotated = rotatable('turning');
    expect((await bed.register('turning', rotated)).outcome).toBe('registered');
    await bed.world.consumer.byHand('turning');
    const { file } = bed.world.installation.authentik.blueprints;
    const text = await bed.world.repository.read(file);
    const theirs = text.replace(/(client_id: wiki\n)/, '$1          access_token_validity: minutes=7\n');
    expect(theirs).not.toBe(text);
    await bed.world.repository.commitAs('somebody', { [file]: theirs }, 'Shorter tokens for the wiki');
    await bed.world.fullSync();
    await bed.world.settled();

    expect((await bed.rotate('turning', rotated)).outcome).toBe('rotated');

    expect(await bed.world.consumer.works('turning')).toBe(true);
    expect((await bed.register('turning', rotated)).outcome).toBe('unchanged');
    expect((await deregister(bed, 'turning', rotated)).outcome).toBe('deregistered');
    expect(await bed.world.repository.read(file)).toContain('minutes=7');
  });

  it('a client is checked beside others', async () => {
    expect((await bed.register('zot')).outcome).toBe('registered');
    const checked: CheckResult = await bed.client.workflow.execute('checkClient', {
      taskQueue: IDS.taskQueue,
      workflowId: IDS.check('zot'),
      args: [{ client: 'zot' }],
    });
    expect(checked.findings).toEqual([]);
  });
});

describe('where clients join a section and changes land first,', () => {
  let bed: TestBed;
  useTestBed({ layout: AUTO }, (started) => {
    bed = started;
  });

  it('two clients join at once, and one of them takes its own change back', async () => {
    // Nobody has made the section yet: whoever lands first does.
    expect(await sectionOf(bed)).toBe('');
    await holdStep(bed.world, 'preflight', { land: 'first', ms: 3_000 });
    await failStep(bed.world, 'verifyRegistration', { land: 'first', slug: 'zot', mayApply: true });
    const failing = await bed.start('zot');
    const well = await bed.start('forge');

    const [failure, result] = await Promise.all([bed.failure(failing), bed.result(well)]);

    expect(failure.kept).toEqual([]);
    expect(result.outcome).toBe('registered');
    const after = await sectionOf(bed);
    expect(after).toContain('slug: forge');
    expect(after).not.toContain('zot');
    await bed.world.settled();
    expect((await bed.register('forge')).outcome).toBe('unchanged');
  });
});
