import { expect, it } from 'vitest';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { holdStep, watching } from './holds.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({ layout: 'auto' }, (started) => {
  bed = started;
});

it('lets two clients overlap: one fails and takes its own change back, the other ends well', async () => {
  const base = await bed.world.repository.head();
  await holdStep(bed.world, 'preflight', { land: 'first', ms: 800 });
  await failStep(bed.world, 'pollBlueprintStatus', { land: 'first', slug: 'zot', mayApply: true });
  const failing = await bed.start('zot');
  const well = await bed.start('forge');

  const [failure, result] = await Promise.all([bed.failure(failing), bed.result(well)]);

  expect(failure.message).toContain('blueprint fleet/zot.yaml was applied');
  expect(failure.kept).toEqual([]);
  expect(result.outcome).toBe('registered');
  const subjects = (await bed.landedSince(base)).map((line) => line.slice(41)).toSorted();
  expect(subjects).toEqual([
    'Register OIDC client forge',
    'Register OIDC client zot',
    'Take back the registration of OIDC client zot',
  ]);
  const { blueprints } = bed.world.installation.authentik;
  const text = await bed.world.repository.read(blueprints.file);
  expect(text).toContain('"forge.yaml": |');
  expect(text).not.toContain('zot.yaml');
  await bed.world.settled();
  const { rows } = bed.world.authentik.database;
  expect(rows.applications.map((row) => row.slug)).toEqual(['forge']);
  expect((await bed.register('forge')).outcome).toBe('unchanged');
});

it('registers with one commit on the target branch, and a further run agrees', async () => {
  const base = await bed.world.repository.head();

  const result = await bed.register('zot');

  expect(result.outcome).toBe('registered');
  expect(await bed.landedSince(base)).toHaveLength(1);
  expect(result.checks.every((check) => check.ok)).toBe(true);
  expect((await bed.register('zot')).outcome).toBe('unchanged');
});

it('takes nothing back of a finished registration whose clean-up failed, where its next run is cancelled', async () => {
  await bed.world.repository.setFaults({ keepBranches: 'oidc-registrar/' });
  expect((await bed.register('status-page')).outcome).toBe('registered');
  await bed.world.repository.setFaults({});
  const done = watching(bed.world);
  await holdStep(bed.world, 'verifyRegistration', { land: 'first', slug: 'status-page' });
  const handle = await bed.start('status-page');
  await bed.untilRunning(handle, 'verifyRegistration');

  await handle.cancel();
  done();

  await bed.failure(handle);
  const { blueprints } = bed.world.installation.authentik;
  expect(await bed.world.repository.read(blueprints.file)).toContain('"status-page.yaml": |');
});
